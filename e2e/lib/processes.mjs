// Processes of the machine, as `/proc` has them.

import { readFileSync, readdirSync } from 'node:fs';

/** The fields of `/proc/PID/stat` from the third on; nothing when the process is gone. */
function stat(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  } catch {
    return undefined;
  }
}

/** Whether a process runs. Somebody else's dead child, whom nobody has buried, does not. */
export const isAlive = (pid) => !['Z', 'X', undefined].includes(stat(pid)?.[0]);

const childrenOf = (pid) => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
  .filter((one) => Number(stat(one)?.[1]) === pid);

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * Ends a process and its children as a power cut would: at one moment, so that none sees another one die.
 * @returns {Promise<number>} how many there were
 */
export async function cutPower(pid) {
  if (!isAlive(pid)) throw new Error(`process ${pid} does not run`);
  // The parent first, so that it has no more children.
  signal(pid, 'SIGSTOP');
  const family = [...childrenOf(pid), pid];
  for (const one of family) signal(one, 'SIGSTOP');
  for (const one of family) signal(one, 'SIGKILL');
  for (let i = 0; family.some(isAlive); i += 1) {
    if (i > 500) throw new Error(`process ${pid} or a child of it does not die`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return family.length;
}
