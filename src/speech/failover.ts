/** A call goes on with another speech service than the one that it had. */
export interface Failover {
  kind: 'stt' | 'tts';
  callId: string;
  /** Ids of speech services. */
  from: string;
  to: string;
  /** For a person. */
  why: string;
}
