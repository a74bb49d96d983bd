/** What the store and its database thread say to each other. */
export type ThreadRequest =
  | { id: number; kind: 'query'; sql: string; parameters: unknown[] }
  | { id: number; kind: 'close' };

export type ThreadReply =
  | { kind: 'ready' }
  | { kind: 'result'; id: number; rows: unknown[]; affectedRows: number | undefined }
  /** `sqlState`: PostgreSQL's five-character code, absent where the database itself broke down. */
  | { kind: 'error'; id: number | undefined; message: string; sqlState: string | undefined };
