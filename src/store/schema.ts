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
}

export interface DatabaseSchema {
  call_records: CallRecordTable;
}
