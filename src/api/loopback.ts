import { parseIpAddress } from '../routing/cidr.ts';

/** 127.0.0.0/8, ::1, localhost */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const address = parseIpAddress(host);
  if (address === undefined) return false;
  return address.family === 4 ? address.value >> 24n === 127n : address.value === 1n;
}
