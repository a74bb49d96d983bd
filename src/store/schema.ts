import type { ColumnType } from 'kysely';

/** Written as JSON text, read as the value. */
type Json<T> = ColumnType<T, string, string>;
/** Written as ISO 8601, read as a Date. */
type Time = ColumnType<Date, string, string>;
type OptionalTime = ColumnType<Date | null, string | null, string | null>;

export interface CallRecordTable {
  id: string;
  sip_call_id: string;
  direction: string;
  state: string;
  calling: Json<unknown>;
  called: Json<unknown>;
  remote: string;
  sip_connection: string | null;
  routing_rule: string | null;
  destination: ColumnType<unknown, string | null, string | null>;
  conversation_id: string | null;
  setup_time: Time;
  answer_time: OptionalTime;
  end_time: OptionalTime;
  duration_ms: number;
  end_reason: ColumnType<unknown, string | null, string | null>;
  transcript: Json<unknown>;
  turns: Json<unknown>;
  /** Only of calls that the hub placed. */
  dial: ColumnType<unknown, string | null, string | null>;
  /** Id of the first call of the session; absent in records of older hubs, where each call was its own. */
  session_id: string | null;
  bridged_with: string | null;
  transfers: ColumnType<unknown, string | null, string | null>;
  /** The hub that has, or had, the call. */
  node: string | null;
}

export interface RecordingTable {
  id: string;
  call_id: string;
  session_id: string;
  name: string;
  file: string;
  state: string;
  started_by: string;
  started_at: Time;
  offset_ms: number;
  ended_at: OptionalTime;
  duration_ms: number;
  bytes: ColumnType<string | number, number, number>;
  pauses: Json<unknown>;
  note: string | null;
  /** The hub that has, or had, the call. */
  node: string;
}

/** A hub that works on this database. */
export interface NodeTable {
  id: string;
  /** For people: machine and process. */
  name: string;
  beats: ColumnType<string | number, number, number>;
  /** Takes dialouts: it is not being stopped. */
  accepting: boolean;
  started_at: Time;
}

/** Who holds the row of a bot may count its calls and claim others; the empty name stands for all bots. */
export interface DialoutLimitTable {
  bot: string;
}

export interface DialoutTable {
  id: string;
  client: string;
  bot: string;
  state: string;
  request: Json<unknown>;
  idempotency_key: string | null;
  fingerprint: string | null;
  node: string | null;
  accepted_at: Time;
  start_before: Time;
  dialled_at: OptionalTime;
  answered_at: OptionalTime;
  ended_at: OptionalTime;
  outcome: ColumnType<unknown, string | null, string | null>;
  machine: ColumnType<unknown, string | null, string | null>;
  cancel_by: string | null;
}

/** API clients that the configuration does not declare. */
export interface ApiClientTable {
  id: string;
  /** `sha256:<hex>` */
  secret_hash: string;
  /** Names with commas between them. */
  client_groups: string;
  created_at: Time;
}

/** What the hub signs with; never leaves it. */
export interface HubKeyTable {
  kid: string;
  purpose: string;
  /** base64url */
  secret: string;
  created_at: Time;
}

export interface DatabaseSchema {
  call_records: CallRecordTable;
  recordings: RecordingTable;
  nodes: NodeTable;
  dialouts: DialoutTable;
  dialout_limits: DialoutLimitTable;
  api_clients: ApiClientTable;
  hub_keys: HubKeyTable;
}
