import { messageOf, PatchbayError } from '../errors.ts';

/** Awaits a server that begins to listen; a port that is taken becomes an error that says which and what to do. */
export async function listening<T>(
  what: string,
  key: string,
  { host, port }: { host: string; port: number },
  starts: Promise<T>,
): Promise<T> {
  try {
    return await starts;
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const message = taken
      ? `port ${port} on ${host} (${what}) is in use by another program; stop it, or set another ${key}`
      : `${what} cannot listen on ${host}:${port}: ${messageOf(error)}`;
    throw new PatchbayError(taken ? 'port_in_use' : 'cannot_listen', message, { cause: error });
  }
}
