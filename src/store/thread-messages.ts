/** What the store and its database thread say to each other. */
export type ThreadRequest =
  | { id: number; kind: 'query'; sql: string; parameters: unknown[] }
  /** Any number of statements, without parameters; the rows of all of them come back. */
  | { id: number; kind: 'exec'; sql: string }
  /** Notifications of a channel, which come until the thread ends. */
  | { id: number; kind: 'listen'; channel: string }
  | { id: number; kind: 'close' };

export type ThreadReply =
  | { kind: 'ready' }
  | { kind: 'result'; id: number; rows: unknown[]; affectedRows: number | undefined }
  | { kind: 'notification'; channel: string; payload: string }
  /** `sqlState`: PostgreSQL's five-character code, absent where the database itself broke down. */
  | { kind: 'error'; id: number | undefined; message: string; sqlState: string | undefined };
