import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram';
import { isIPv6 } from 'node:net';

/**
 * Addresses are always numeric here, so the resolver of dgram is replaced by one that answers at once: without it
 * each send would go through `dns.lookup`.
 */
const lookup = ((address: string, _family: unknown, callback: (error: null, ip: string, family: number) => void) => {
  callback(null, address, isIPv6(address) ? 6 : 4);
}) as unknown as NonNullable<SocketOptions['lookup']>;

/** Binds a UDP socket. Rejects with the system's error (`EADDRINUSE`). Later errors go to `onError`. */
export function openUdp(
  host: string,
  port: number,
  onMessage: (bytes: Buffer, source: RemoteInfo) => void,
  onError: (error: Error) => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup });
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      socket.on('error', onError);
      socket.on('message', onMessage);
      resolve(socket);
    });
  });
}

export function closeUdp(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
