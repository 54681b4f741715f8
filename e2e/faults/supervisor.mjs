// What systemd does with the unit that the runbook has people install: starts the server again when it ends with an error.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { wait } from '../lib/wait.mjs';

const UNIT = fileURLToPath(new URL('../../server/operations/systemd/veche.service', import.meta.url));

/** What the unit says about starting again; systemd's defaults where it says nothing. */
export function rules(text = readFileSync(UNIT, 'utf8')) {
  const value = (key, fallback) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? fallback;
  return {
    restart: value('Restart', 'no'), pause: Number(value('RestartSec', '0.1')) * 1000,
    interval: Number(value('StartLimitIntervalSec', '10')) * 1000, burst: Number(value('StartLimitBurst', '5')),
  };
}

export class Supervisor {
  /** When it was started, and how it ended. */
  starts = [];

  /** How often it ended by itself. */
  ends = 0;

  stopping = false;

  /** @param {import('../lib/portal.mjs').Portal} portal one that does not run */
  constructor(portal, unit = rules()) { Object.assign(this, { portal, unit }); }

  /** Watches over the server until it is asked to stop. */
  watch() {
    this.watching = (async () => {
      while (!this.stopping) {
        const now = performance.now();
        const recent = this.starts.filter((at) => now - at < this.unit.interval).length;
        if (this.unit.interval > 0 && recent >= this.unit.burst) throw new Error(`started ${recent} times in ${this.unit.interval} ms: systemd gives up`);
        this.starts.push(now);
        try {
          await this.portal.start({ timeout: 120_000 });
          await this.portal.ended();
        } catch (error) {
          if (!/did not start/.test(error.message)) throw error;
        }
        if (this.stopping) return;
        this.ends += 1;
        if (this.unit.restart !== 'on-failure' && this.unit.restart !== 'always') throw new Error(`Restart=${this.unit.restart}`);
        await wait(this.unit.pause);
      }
    })();
    this.watching.catch(() => {});
  }

  async stop() {
    this.stopping = true;
    await this.portal.stop();
    await this.watching;
  }
}
