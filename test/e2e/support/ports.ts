import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A port of 127.0.0.1 that is free for UDP and TCP. Somebody else could take it before its user does; on loopback nobody wants to. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await tcpPort(0);
    if (port !== undefined && (await udpPortFree(port))) return port;
  }
}

/** Below the ports that the kernel hands out (Linux: from 32768), so that the range never meets one of `freePort`. */
const RANGE = { from: 10_000, to: 32_000 };

/** A range of `count` free UDP ports, the first one even, as `media.rtpPorts` wants them: `31000-31039`. */
export async function freeUdpRange(count: number): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const first = RANGE.from + 2 * Math.floor(Math.random() * ((RANGE.to - RANGE.from - count) / 2));
    let free = true;
    for (let port = first; free && port < first + count; port++) free = await udpPortFree(port);
    if (free) return `${first}-${first + count - 1}`;
  }
  throw new Error(`no ${count} free UDP ports in a row`);
}

function tcpPort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

function udpPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}
