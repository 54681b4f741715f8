// Passes connections on: `node forward.mjs PORT HOST` listens on 127.0.0.1:PORT and leads to HOST:PORT. In a network
// namespace of its own a server has another loopback than the identity provider, whose address is one of loopback.

import net from 'node:net';
import tls from 'node:tls';

/** Joins two sockets; the end of the one is the end of the other. */
function join(one, other) {
  one.pipe(other).pipe(one);
  for (const [socket, peer] of [[one, other], [other, one]]) {
    socket.on('error', () => peer.destroy());
    socket.on('close', () => peer.destroy());
  }
}

/** Listens at `from` and leads to `to`, over TLS where `ca` is given. @returns {Promise<net.Server>} */
export async function forward(from, to, ca) {
  const server = net.createServer((socket) => join(socket, ca ? tls.connect({ ...to, ca, servername: 'polls.example' }) : net.connect(to)));
  await new Promise((resolve, reject) => server.once('error', reject).listen(from, resolve));
  return server;
}

if (process.argv[1] === import.meta.filename) {
  const [port, host] = process.argv.slice(2);
  await forward({ host: '127.0.0.1', port: Number(port) }, { host, port: Number(port) });
}
