/** A SIP INFO of the caller's side, as far as it matters here. */
export interface ReceivedInfo {
  /** As received; '' where there is none. */
  contentType: string;
  /** Content-Encoding; '' where there is none. */
  contentEncoding: string;
  body: string;
}

/** The final response to an INFO. */
export type InfoAnswer =
  | { status: 200 | 400 | 413 }
  /** With the media types that are taken instead (RFC 3261 21.4.13). */
  | { status: 415; accept: readonly string[] };

/** Metadata for the bot: what the JSON says, or the text of any other type. */
export interface CallerMetaData {
  contentType: string;
  value: unknown;
}

/** Longer metadata is refused. */
const MAX_BODY_LENGTH = 100_000;

/**
 * Reads an INFO as metadata for the bot (Bot API 6.5, 7.2) where its media type is one of `contentTypes`: how it is to be
 * answered (RFC 3261 8.2.3), and what the bot gets. Without a body there is nothing to refuse and nothing to tell
 * (RFC 6086 section 4.2.1 leaves the older usages of INFO as they are).
 */
export function readInfo(
  { contentType, contentEncoding, body }: ReceivedInfo,
  contentTypes: readonly string[],
): { answer: InfoAnswer; metaData?: CallerMetaData } {
  if (body === '') return { answer: { status: 200 } };
  const mediaType = mediaTypeOf(contentType);
  const encoded = contentEncoding.trim() !== '' && contentEncoding.trim().toLowerCase() !== 'identity';
  if (encoded || !contentTypes.some((known) => mediaTypeOf(known) === mediaType)) {
    return { answer: { status: 415, accept: contentTypes } };
  }
  if (body.length > MAX_BODY_LENGTH) return { answer: { status: 413 } };
  if (!isJson(mediaType)) return { answer: { status: 200 }, metaData: { contentType: mediaType, value: body } };
  try {
    return { answer: { status: 200 }, metaData: { contentType: mediaType, value: JSON.parse(body) as unknown } };
  } catch {
    return { answer: { status: 400 } };
  }
}

/** Lower case, without parameters. */
function mediaTypeOf(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json');
}
