import type { Application } from './application-link.ts';
import { parseAddress } from './header-values.ts';
import { type HeaderField, header, type SipRequest } from './message.ts';
import type { TimerHandle } from './timer-queue.ts';
import type { Connection, Hop, TransportName } from './transport.ts';
import { isSipUri, parseUri } from './uri.ts';

/** A dialog (RFC 3261 12). */
export interface Dialog {
  /** What drachtio-srf calls it: `Call-ID;from-tag=tag of the INVITE's From`, with the To tag as well for further forks. */
  readonly id: string;
  readonly kind: 'invite' | 'subscribe';
  readonly role: 'uas' | 'uac';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** The value of our From (as sender) with its tag. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly routeSet: readonly string[];
  readonly transport: TransportName;
  readonly owner: Application;
  /** Our Contact value, repeated in every request that has one. */
  localContact: string;
  remoteTarget: string;
  state: 'early' | 'confirmed' | 'terminated';
  localSeq: number;
  /** Undefined until the peer sent a request. */
  remoteSeq: number | undefined;
  /** The stream that the peer opened; preferred to a new one towards its Contact. */
  connection: Connection | undefined;
  /** Where the peer's packets come from, of one whose Contact does not lead to it. */
  source: Hop | undefined;
  /** Run when the dialog ends, whatever the reason. */
  readonly cleanUps: Set<() => void>;
  /** A BYE that waits for the ACK of our 2xx (RFC 3261 15). */
  heldBye: (() => void) | undefined;
  /** 2xx responses of ours to INVITE that have no ACK yet. */
  unacknowledged: number;
  /** Ends the dialog when a challenged BYE is not repeated, or a subscription not refreshed. */
  expiry: TimerHandle | undefined;
  /** An INVITE in either direction that has no final response yet. */
  inviteInProgress: 'ours' | 'theirs' | undefined;
}

export type DialogSeed = Omit<
  Dialog,
  'state' | 'cleanUps' | 'heldBye' | 'unacknowledged' | 'expiry' | 'inviteInProgress'
>;

/** All dialogs, by drachtio-srf's id and by the three tags of RFC 3261 12. */
export class DialogStore {
  readonly #byId = new Map<string, Dialog>();
  readonly #byTags = new Map<string, Dialog>();

  get size(): number {
    return this.#byTags.size;
  }

  add(seed: DialogSeed, state: 'early' | 'confirmed'): Dialog {
    const dialog: Dialog = {
      ...seed,
      state,
      cleanUps: new Set(),
      heldBye: undefined,
      unacknowledged: 0,
      expiry: undefined,
      inviteInProgress: undefined,
    };
    this.#byId.set(dialog.id, dialog);
    this.#byTags.set(tagKey(dialog.callId, dialog.localTag, dialog.remoteTag), dialog);
    return dialog;
  }

  /** drachtio-server's form of an id; the To tag makes it unique for further forks of one INVITE and for calls to ourselves. */
  freeId(callId: string, fromTag: string, toTag: string): string {
    const id = `${callId};from-tag=${fromTag}`;
    return this.#byId.has(id) ? `${id};to-tag=${toTag}` : id;
  }

  byId(id: string): Dialog | undefined {
    return this.#byId.get(id);
  }

  byTags(callId: string, localTag: string, remoteTag: string): Dialog | undefined {
    return this.#byTags.get(tagKey(callId, localTag, remoteTag));
  }

  /** Ends the dialog and runs its clean-ups; harmless when it is over already. */
  remove(dialog: Dialog): void {
    if (dialog.state === 'terminated') return;
    dialog.state = 'terminated';
    if (this.#byId.get(dialog.id) === dialog) this.#byId.delete(dialog.id);
    const key = tagKey(dialog.callId, dialog.localTag, dialog.remoteTag);
    if (this.#byTags.get(key) === dialog) this.#byTags.delete(key);
    dialog.expiry?.cancel();
    for (const cleanUp of [...dialog.cleanUps]) cleanUp();
    dialog.cleanUps.clear();
  }

  ownedBy(owner: Application): Dialog[] {
    return [...this.#byTags.values()].filter((dialog) => dialog.owner === owner);
  }

  close(): void {
    for (const dialog of [...this.#byTags.values()]) this.remove(dialog);
  }
}

function tagKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}

/** Request-URI and Route fields of a request inside a dialog, for loose and strict routers (RFC 3261 12.2.1.1). */
export function routing(dialog: Dialog): { uri: string; routes: HeaderField[]; nextHop: string } {
  const [first, ...rest] = dialog.routeSet;
  if (first === undefined) return { uri: dialog.remoteTarget, routes: [], nextHop: dialog.remoteTarget };
  const firstUri = parseAddress(first)?.uri ?? first;
  const parsed = parseUri(firstUri);
  const loose = parsed !== undefined && isSipUri(parsed) && parsed.params.has('lr');
  if (loose) {
    return {
      uri: dialog.remoteTarget,
      routes: dialog.routeSet.map((route) => header('Route', route)),
      nextHop: firstUri,
    };
  }
  return {
    uri: firstUri,
    routes: [...rest, `<${dialog.remoteTarget}>`].map((route) => header('Route', route)),
    nextHop: firstUri,
  };
}

export interface InDialogParts {
  readonly via: string;
  readonly method: string;
  readonly cseq: number;
  readonly headers: readonly HeaderField[];
  readonly body: Buffer;
}

/** A request inside the dialog (RFC 3261 12.2.1.1). */
export function inDialogRequest(dialog: Dialog, parts: InDialogParts): SipRequest {
  const { uri, routes } = routing(dialog);
  return {
    kind: 'request',
    method: parts.method,
    uri,
    version: '2.0',
    headers: [
      header('Via', parts.via),
      ...routes,
      header('Max-Forwards', '70'),
      header('From', dialog.localAddress),
      header('To', dialog.remoteAddress),
      header('Call-ID', dialog.callId),
      header('CSeq', `${parts.cseq} ${parts.method}`),
      ...parts.headers,
    ],
    body: parts.body,
  };
}
