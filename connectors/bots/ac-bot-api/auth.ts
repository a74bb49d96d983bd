/** Where the `Authorization` header of requests to the bot comes from (section 1.2). */
export interface Credentials {
  /**
   * The header's value, undefined where the bot needs none.
   * @throws BotError when no token can be had
   */
  header(signal: AbortSignal): Promise<string | undefined>;
  /** The bot answered 401 to this value. True when another one may be had by asking again. */
  refused(header: string): boolean;
  close(): void;
}

export const noCredentials: Credentials = {
  header: async () => undefined,
  refused: () => false,
  close: () => {},
};

/** A permanent token. */
export function tokenCredentials(token: string): Credentials {
  const header = `Bearer ${token}`;
  return { header: async () => header, refused: () => false, close: () => {} };
}
