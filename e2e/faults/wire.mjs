// The wire between a server and its database: it can go dead, be cut, or be slow.

import net from 'node:net';

export class Wire {
  #pairs = new Set();

  #state = 'well';

  #delay = 0;

  /** Listens on a port of loopback and leads to `to`. */
  static async to(to) {
    const wire = new Wire();
    wire.target = to;
    wire.server = net.createServer({ allowHalfOpen: false }, (socket) => wire.#accept(socket));
    await new Promise((resolve, reject) => wire.server.once('error', reject).listen({ host: '127.0.0.1', port: 0 }, resolve));
    wire.port = wire.server.address().port;
    return wire;
  }

  /** How many connections pass now. */
  get connections() { return this.#pairs.size; }

  #accept(socket) {
    socket.on('error', () => {});
    if (this.#state === 'cut') {
      socket.resetAndDestroy();
      return;
    }
    const peer = net.connect(this.target);
    const pair = [socket, peer];
    this.#pairs.add(pair);
    for (const [from, to] of [[socket, peer], [peer, socket]]) {
      // What was delayed keeps its order: timers of one length do.
      from.on('data', (data) => { if (this.#delay) setTimeout(() => to.write(data), this.#delay); else to.write(data); });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#pairs.delete(pair);
        if (this.#delay) setTimeout(() => to.destroy(), this.#delay); else to.destroy();
      });
      if (this.#state === 'dead') from.pause();
    }
  }

  /** Nothing passes and nobody is told: what was sent waits, as in a network that drops packets, and arrives when it is mended. */
  drop() {
    this.#state = 'dead';
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Every connection is reset, and so is every new one. */
  cut() {
    this.#state = 'cut';
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Everything takes so many milliseconds longer, each way. */
  slow(ms) { this.#delay = ms; }

  mend() {
    this.#state = 'well';
    this.#delay = 0;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async close() {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
