import type { Socket } from 'node:net';
import type Srf from 'drachtio-srf';

/** The parts of drachtio-srf that its typings do not show. */
interface Wire {
  closing?: boolean;
  reconnectVars?: { retryTimer?: NodeJS.Timeout | null };
  /** Of a connection that was made again. */
  socket?: Socket;
}

/**
 * Ends the connection of a drachtio-srf for good, whatever its state. Its own `disconnect` throws while it is not connected, and goes on
 * trying to be. Idempotent; may come before `connect`.
 */
export function closeSrf(srf: Srf): void {
  const wire = (srf as unknown as { app?: { client?: { wp?: Wire } } }).app?.client?.wp;
  if (wire === undefined) return;
  wire.closing = true;
  clearTimeout(wire.reconnectVars?.retryTimer ?? undefined);
  try {
    srf.disconnect();
  } catch {
    wire.socket?.destroy();
  }
}
