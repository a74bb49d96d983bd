import type { Logger } from 'pino';
import type { EndReason } from '../calls/end-reason.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { type MediaEndpoint, MediaError } from '../media/port.ts';
import { keyPressInfo, readKeyPress } from './dtmf-info.ts';
import { type InfoReceiver, responseToInfo } from './info.ts';
import { InfoKeys } from './info-keys.ts';
import type { DialogEvents, SipDialog } from './sip-dialog.ts';

export const MEDIA_FAILED: EndReason = {
  category: 'media-failure',
  by: 'hub',
  text: 'the media engine failed',
  sipStatus: 500,
};

/** Nobody can be told any more. */
export const AGENT_LOST: EndReason = {
  category: 'signalling-failure',
  by: 'hub',
  text: 'the connection to the SIP agent was lost, and the call with it',
};

/** What a dialog needs to know of its call. */
export interface Session {
  readonly log: Logger;
  /** Who takes the bodies of INFO, if anybody does. */
  receiveInfo(): InfoReceiver | undefined;
  /** The description that the other side answered with cannot be used. */
  failed(reason: EndReason): void;
  /** Our last 2xx carries the offer, so its ACK carries the answer. */
  answerComesWithAck: boolean;
  readonly clock: Clock;
  /** How keys go to the party. */
  dtmf: 'rfc4733' | 'info';
}

/** A party that does not answer the INFO of a key gets the next one after so long. */
const KEY_ANSWER_MS = 2_000;

/** Offers and their answers, INFO and keys, within an established dialog. @returns what ends that before the dialog ends */
export function followSession(dialog: SipDialog, endpoint: MediaEndpoint, session: Session): () => void {
  const onAck = (sdp: string) => {
    if (!session.answerComesWithAck) return;
    session.answerComesWithAck = false;
    endpoint.acceptAnswer(sdp).catch((error: unknown) => session.failed(mediaEnd(error)));
  };
  const keys = new InfoKeys({
    endpoint,
    clock: session.clock,
    bothWays: () => session.dtmf === 'rfc4733' && /^a=rtpmap:\d+ telephone-event\//im.test(dialog.remoteSdp),
  });
  dialog.once('ended', () => keys.close());
  const byInfo = session.dtmf === 'info';
  if (byInfo) {
    endpoint.sendKeysBy(async (press) => {
      const sent = dialog.info(keyPressInfo(press)).catch((error: unknown) => {
        session.log.info({ reason: messageOf(error) }, 'a key in INFO was not taken');
      });
      await withinTime(sent, KEY_ANSWER_MS, session.clock);
    });
  }
  const onInfo = (...[info, respond]: DialogEvents['info']) => {
    try {
      const press = info.infoPackage === '' ? readKeyPress(info) : undefined;
      if (press === undefined) respond(responseToInfo(info, session.receiveInfo()));
      else if (press === 'unreadable') respond({ status: 400, headers: {} });
      else {
        respond({ status: 200, headers: {} });
        keys.press(press);
      }
    } catch (error) {
      session.log.error({ err: error }, 'INFO could not be taken');
      respond({ status: 500, headers: {} });
    }
  };
  const onOffer = (...[sdp, respond]: DialogEvents['offer']) => {
    session.answerComesWithAck = sdp === '';
    const description = sdp === '' ? endpoint.offer() : endpoint.answer(sdp);
    description.then(
      (local) => respond({ sdp: local }),
      (error: unknown) => {
        session.log.info({ err: error }, 're-INVITE refused; the session stays as it is');
        respond({ status: error instanceof MediaError ? mediaStatus(error) : 500 });
      },
    );
  };
  dialog.on('ack', onAck).on('info', onInfo).on('offer', onOffer);
  return () => {
    keys.close();
    if (byInfo) endpoint.sendKeysBy(undefined);
    dialog.off('ack', onAck).off('info', onInfo).off('offer', onOffer);
  };
}

function withinTime(work: Promise<void>, ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void work.finally(() => {
      cancel();
      resolve();
    });
  });
}

/** The final SIP status for a media error before the answer: RFC 3261 21.4.1, 21.4.26, 21.5.4. */
function mediaStatus(error: MediaError): number {
  switch (error.code) {
    case 'bad_sdp':
      return 400;
    case 'no_common_codec':
      return 488;
    case 'no_port':
      return 503;
    case 'endpoint_closed':
    case 'engine_failed':
    case 'bad_digits':
    case 'cannot_bridge':
      return 500;
  }
}

/** Why a call ends that cannot have its media. */
export function mediaEnd(error: unknown): EndReason {
  if (!(error instanceof MediaError)) return { ...MEDIA_FAILED, text: messageOf(error) };
  const sipStatus = mediaStatus(error);
  const category = sipStatus === 400 || sipStatus === 488 ? 'rejected' : 'media-failure';
  return { category, by: 'hub', text: error.message, sipStatus };
}
