import { readFile } from 'node:fs/promises';

/**
 * Whether some program has the port on 127.0.0.1 or on all addresses. Read from the kernel's table: an attempt to bind to it
 * would be in the way of the program that is about to.
 */
export async function isBound(port: number, transport: 'udp' | 'tcp'): Promise<boolean> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const table = await readFile(`/proc/self/net/${transport}`, 'latin1');
  return table.split('\n').some((line) => line.trim().split(/\s+/)[1]?.endsWith(local));
}
