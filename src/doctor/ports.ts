import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';

/** `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`; undefined: the port could be had, and was given back. */
export type PortProblem = string | undefined;

export function tryTcp(host: string, port: number): Promise<PortProblem> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

export function tryUdp(host: string, port: number): Promise<PortProblem> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code ?? error.message);
    });
    socket.bind({ address: host === 'localhost' ? '127.0.0.1' : host, port, exclusive: true }, () =>
      socket.close(() => resolve(undefined)),
    );
  });
}

/** What to do about it; `key`: where the port stands in hub.yaml. */
export function portAdvice(problem: string, key: string, host: string): string {
  switch (problem) {
    case 'EADDRINUSE':
      return `another program has it: stop that one, or set another ${key}`;
    case 'EADDRNOTAVAIL':
      return `${host} is no address of this machine: set the host of ${key} to one that \`ip address\` shows, or to 0.0.0.0`;
    case 'EACCES':
      return `ports below 1024 are not for everybody: set a higher ${key}, or give the program the capability CAP_NET_BIND_SERVICE`;
    default:
      return `set another ${key}`;
  }
}
