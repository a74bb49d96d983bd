import type { EndReason } from '../calls/end-reason.ts';
import type { Clock } from '../clock.ts';
import type { MediaEndpoint } from '../media/port.ts';
import { playWaiting } from '../media/waiting-sound.ts';
import type { CallApplication } from './call-application.ts';
import { followSession, type Session } from './call-media.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { type ReferOptions, refer } from './refer.ts';
import type { ReferralEnd } from './referral.ts';
import type { DialogEnd, DialogName, SipDialog } from './sip-dialog.ts';
import { honourRefer, type TakeoverDeps } from './takeover.ts';

export interface LineOptions {
  endpoint: MediaEndpoint;
  session: Session;
  settings: ConnectionSettings;
  clock: Clock;
  /** Where the call came in or has gone out: what its party may ask for. */
  sipConnection: string | undefined;
  /** Which of the two it was when the call came about. */
  party: 'caller' | 'callee';
  /** Of the calls that belong together. */
  sessionId(): string;
  /** Whoever the party talks with, as a new party is told. */
  otherSide: { user: string; displayName: string | undefined };
  application(): CallApplication | undefined;
  /** The party has gone, and no other has taken its place. */
  gone(end: DialogEnd): void;
  /** For the record: another party is there, or could not be had. */
  tell(text: string): void;
  /** What lets the far side put another party in the place of this one. Absent: its REFERs are refused. */
  takeover?: TakeoverDeps | undefined;
  /** So often those before it in the call have got another party, or tried to. */
  takeovers?: number | undefined;
}

/** Whoever was replaced sends BYE, or is sent one after so long. */
const LEAVES_MS = 2_000;
/** So often one call may try to get another party: nobody dials without end at the hub's cost. */
const MOST_ATTEMPTS = 20;

/** Why a call ends whose party has let another take its place. */
const PASSED_ON: EndReason = { category: 'transferred', by: 'callee', text: 'another party has taken its place' };
/** Why a call is given up that was to bring another party. */
const CALL_OVER: EndReason = { category: 'bridge-ended', by: 'hub', text: 'the call that it was placed for has ended' };

/** Who takes the place of a party. */
export interface NewParty {
  dialog: SipDialog;
  sipConnection: string;
  settings: ConnectionSettings;
  /** For the record. */
  text: string;
  /** The dialog is about to end, and not by a BYE of the party. */
  left?(reason: EndReason): void;
}

/**
 * The line of an answered call to its party: a dialog, whose place another one can take, by a REFER of the party (RFC 3515) or by
 * an INVITE with Replaces (RFC 3891). Media and application stay.
 */
export class CallLine {
  readonly options: LineOptions;
  #dialog: SipDialog;
  #sipConnection: string | undefined;
  #settings: ConnectionSettings;
  #attempts: number;
  #left: NewParty['left'];
  #unfollow: () => void = () => {};
  /** The party is being replaced; aborted when the call has ended. */
  #replacing: AbortController | undefined;
  /** The party has gone while it is being replaced. */
  #gone: DialogEnd | undefined;
  #stopWaiting = () => {};
  /** Dialogs that were replaced and are not yet over. */
  readonly #leaving = new Map<SipDialog, () => void>();
  #over = false;

  constructor(dialog: SipDialog, options: LineOptions) {
    this.options = options;
    this.#dialog = dialog;
    this.#sipConnection = options.sipConnection;
    this.#settings = options.settings;
    this.#attempts = options.takeovers ?? 0;
    this.#follow(dialog);
  }

  /** That of the party who is there now. */
  get sipConnection(): string | undefined {
    return this.#sipConnection;
  }

  /** The same. */
  get settings(): ConnectionSettings {
    return this.#settings;
  }

  get dialog(): SipDialog {
    return this.#dialog;
  }

  get dialogName(): DialogName {
    return this.#dialog.named;
  }

  /** So often it has got another party, or tried to. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The call has ended or is about to. */
  get over(): boolean {
    return this.#over;
  }

  /** Sends BYE; resolves when it is answered or given up. Never rejects. */
  async hangup(headers: Record<string, string>, reason: EndReason): Promise<void> {
    this.#end();
    this.#left?.(reason);
    const leaving = [...this.#leaving].map(([dialog, cancel]) => {
      cancel();
      return dialog.hangup(headers);
    });
    await Promise.all([this.#dialog.hangup(headers), ...leaving]);
  }

  async refer(options: Omit<ReferOptions, 'clock'>): Promise<ReferralEnd | undefined> {
    return await refer(this.#dialog, { ...options, clock: this.options.clock });
  }

  /**
   * Undefined: the party is being replaced already, or the call is over. Otherwise aborted when the call has ended, with an EndReason
   * for what was to bring the other party.
   */
  beginReplacing(): AbortSignal | undefined {
    if (this.#over || this.#replacing !== undefined || this.#attempts >= MOST_ATTEMPTS) return undefined;
    this.#attempts += 1;
    this.#replacing = new AbortController();
    return this.#replacing.signal;
  }

  /** It has come to nothing: the party is as it was, or the call has lost it. */
  replacingFailed(): void {
    this.#replacing = undefined;
    this.#stopWaiting();
    if (this.#gone !== undefined) this.#lost(this.#gone);
  }

  /** The new party has the media from here on. Whoever was there sends BYE, or gets one after `leavesMs`. */
  replace({ dialog, sipConnection, settings, text, left }: NewParty, leavesMs = LEAVES_MS): void {
    this.#replacing = undefined;
    this.#left?.(PASSED_ON);
    this.#left = left;
    this.#stopWaiting();
    const old = this.#dialog;
    this.#unfollow();
    this.#dialog = dialog;
    this.#sipConnection = sipConnection;
    this.#settings = settings;
    this.options.session.dtmf = settings.dtmf ?? 'rfc4733';
    this.#follow(dialog);
    this.options.tell(text);
    if (this.#gone === undefined) this.#leave(old, leavesMs);
    this.#gone = undefined;
  }

  /** The other side of the bridge no longer waits for the party that comes. */
  stopWaiting(): void {
    this.#stopWaiting();
  }

  /** Resolves when the party, which is being replaced, has left by itself; after a while in any case. */
  async partyLeft(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.options.clock.after(LEAVES_MS, resolve);
    this.#dialog.once('ended', () => resolve());
    await promise;
    cancel();
  }

  #leave(old: SipDialog, ms: number): void {
    const cancel = this.options.clock.after(ms, () => {
      this.#leaving.delete(old);
      void old.hangup(COMPLETED);
    });
    this.#leaving.set(old, cancel);
    old.once('ended', () => {
      cancel();
      this.#leaving.delete(old);
    });
  }

  #follow(dialog: SipDialog): void {
    const { endpoint, session, takeover } = this.options;
    const { named } = dialog;
    const unfollow = followSession(dialog, endpoint, session);
    const onEnded = (end: DialogEnd) => this.#onEnded(end);
    dialog.once('ended', onEnded);
    if (takeover !== undefined) {
      takeover.lines.add(named, this);
      dialog.on('refer', (referred, respond) => {
        if (dialog === this.#dialog) void honourRefer(this, referred, respond, takeover);
        else respond({ status: 481 });
      });
    }
    this.#unfollow = () => {
      unfollow();
      dialog.off('ended', onEnded);
      takeover?.lines.remove(named);
    };
  }

  #onEnded(end: DialogEnd): void {
    if (this.#over) return;
    if (this.#replacing === undefined || end.lost === true) {
      this.#lost(end);
      return;
    }
    // Whoever refers a call elsewhere may leave before the other one is there.
    this.#gone = end;
    const partner = this.options.application()?.party?.partner;
    if (partner !== undefined) this.#stopWaiting = playWaiting(partner.media, this.options.takeover?.waiting);
  }

  #lost(end: DialogEnd): void {
    this.#end();
    this.options.gone(end);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopWaiting();
    this.#unfollow();
    this.#replacing?.abort(CALL_OVER);
  }
}

const COMPLETED = { Reason: 'SIP;cause=200;text="Call completed elsewhere"' };
