import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * Below the ports that the kernel hands out (Linux: from 32768): what binds to port 0 never takes one between the moment
 * in which it is chosen here and the moment in which its user binds to it. Test files that run at the same time choose
 * from different halves.
 */
const FROM = 10_000;
const HALF = 11_000;
const OWN = FROM + HALF * (Number(process.env.VITEST_POOL_ID ?? 1) % 2);
/** Single ports are the first of the half, ranges lie behind them. */
const SINGLE = 2_000;

const given = new Set<number>();

/** A port of 127.0.0.1 that is free for UDP and TCP, and was not given before. */
export async function freePort(): Promise<number> {
  if (given.size > SINGLE / 2) given.clear();
  for (;;) {
    const port = OWN + Math.floor(Math.random() * SINGLE);
    if (given.has(port) || !(await tcpPortFree(port)) || !(await udpPortFree(port))) continue;
    given.add(port);
    return port;
  }
}

/** A range of `count` free UDP ports, the first one even, as `media.rtpPorts` wants them: `31000-31039`. */
export async function freeUdpRange(count: number): Promise<string> {
  const [from, room] = [OWN + SINGLE, HALF - SINGLE - count];
  for (let attempt = 0; attempt < 200; attempt++) {
    const first = from + 2 * Math.floor(Math.random() * (room / 2));
    let free = true;
    for (let port = first; free && port < first + count; port++) free = await udpPortFree(port);
    if (free) return `${first}-${first + count - 1}`;
  }
  throw new Error(`no ${count} free UDP ports in a row`);
}

function tcpPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
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
