// A small disk that can be full: a file system in memory. Making one is root's.

import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export class Disk {
  /** @param {number} megabytes */
  constructor(megabytes) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'veche-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'veche-faults', this.folder]);
    chmodSync(this.folder, 0o755);
    this.ballast = path.join(this.folder, 'ballast');
  }

  /** Bytes that are left. */
  get left() {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Puts something onto it until there is no room but for so many bytes. */
  fill(leave = 0) {
    const file = openSync(this.ballast, 'a');
    try {
      const block = Buffer.alloc(4096, 1);
      while (this.left > leave) writeSync(file, block);
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  makeRoom() { rmSync(this.ballast, { force: true }); }

  dispose() {
    execFileSync('umount', ['-l', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
