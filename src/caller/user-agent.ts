/** How a call that was up came to its end. */
export interface DialogEnd {
  by: 'hub' | 'caller';
  /** Value of the BYE's Reason header, as received. */
  reason: string | undefined;
}

/** An answered call. */
export interface CallerDialog {
  readonly remoteSdp: string;
  /** Resolves once, whoever ends the call. */
  readonly ended: Promise<DialogEnd>;
  /** Sends INFO in the dialog; resolves with the final status, and never rejects for one. */
  sendInfo(info: { contentType: string; body: string }): Promise<number>;
  /** Calls back at every INFO of the hub; each is answered with 200. */
  onInfo(listener: (info: { contentType: string; body: string }) => void): void;
  /** Sends BYE; resolves when it is answered or given up. Idempotent, harmless after the end. */
  hangUp(): Promise<void>;
}

export interface InviteOptions {
  to: string;
  from: string;
  /** Of the From header; without it there is none. */
  displayName?: string;
  /** More header fields of the INVITE. */
  headers?: Readonly<Record<string, string>>;
  localSdp: string;
  /** Cancels the INVITE while it is unanswered. */
  signal: AbortSignal;
  onSent(sipCallId: string): void;
  onProvisional(status: number): void;
}

/** The caller's side of SIP, as much of it as a scripted call needs. */
export interface CallerUserAgent {
  /** @throws CallFailure */
  invite(options: InviteOptions): Promise<CallerDialog>;
  /** Frees its sockets. Idempotent. */
  close(): Promise<void>;
}
