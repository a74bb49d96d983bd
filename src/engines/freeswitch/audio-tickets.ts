import { createHash, randomBytes } from 'node:crypto';

/** What a connection to the audio socket may be, before anybody has made it. */
export interface AudioTicket<Connection> {
  /** Whether a connection from that address may be the FreeSWITCH that the ticket was made for. */
  admits(address: string): boolean;
  /** Takes the connection. */
  accept(connection: Connection): void;
}

export type Redeemed<Connection> = AudioTicket<Connection> | 'unknown' | 'foreign';

/**
 * One-time tickets for the audio socket: each is for one connection of one call from one FreeSWITCH. They are kept as hashes, so that a look-up
 * tells nothing by its duration.
 */
export class AudioTickets<Connection> {
  readonly #tickets = new Map<string, AudioTicket<Connection>>();

  get size(): number {
    return this.#tickets.size;
  }

  /** A new ticket, in letters that need no escape in a URL; `revoke` makes it worthless. */
  issue(ticket: AudioTicket<Connection>): { token: string; revoke: () => void } {
    const token = randomBytes(24).toString('base64url');
    const key = hash(token);
    this.#tickets.set(key, ticket);
    return { token, revoke: () => this.#tickets.delete(key) };
  }

  /** Uses it up, unless it comes from a foreign address: then it stays good for the right one. */
  redeem(token: string, address: string): Redeemed<Connection> {
    const key = hash(token);
    const ticket = this.#tickets.get(key);
    if (ticket === undefined) return 'unknown';
    if (!ticket.admits(address)) return 'foreign';
    this.#tickets.delete(key);
    return ticket;
  }
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
