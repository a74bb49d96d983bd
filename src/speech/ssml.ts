import { SaxesParser } from 'saxes';

/** What a service takes: any SSML, none, or these elements. */
export type SsmlSupport = boolean | readonly string[];

/** Elements whose content is not for the ear (W3C SSML 1.1, 3.1.5 to 3.1.7, 3.3.3). */
const SILENT = new Set(['metadata', 'meta', 'desc', 'lexicon', 'lookup']);
/** Elements between whose content and what surrounds it there is a pause in plain text. */
const BLOCKS = new Set(['p', 's', 'break', 'paragraph', 'sentence', 'audio']);

/** Whether a text is meant as SSML (Bot API: a text that begins with `<speak`). */
export function isSsml(text: string): boolean {
  return /^\s*(?:<\?xml[^>]*\?>\s*)?<speak[\s>]/i.test(text);
}

export interface FittedText {
  text: string;
  /** What was taken away, in words for a log; undefined: nothing. */
  lost: string | undefined;
}

/**
 * The text as a service takes it. Elements that it does not know are left out and their content is kept; where the service takes no
 * SSML, or the SSML is not well-formed, the plain text is what remains.
 */
export function fitSsml(text: string, support: SsmlSupport): FittedText {
  if (!isSsml(text)) return { text, lost: undefined };
  const known = Array.isArray(support) ? new Set<string>(['speak', ...support]) : undefined;
  const keepsMarkUp = support === true || known !== undefined;
  try {
    const read = rewrite(text, (name) => keepsMarkUp && (known?.has(name) ?? true));
    if (!keepsMarkUp) return { text: tidy(read.text), lost: 'SSML: the service takes plain text only' };
    const names = [...read.dropped].map((name) => `<${name}>`).join(', ');
    return {
      text: read.text,
      lost: names === '' ? undefined : `SSML elements that the service does not take: ${names}`,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { text: tidy(text.replace(/<[^>]*>/g, ' ')), lost: `SSML that is not well-formed: ${why}` };
  }
}

/** Copies the elements that `keeps` names, and the content of all others. @throws Error where the text is no XML */
function rewrite(text: string, keeps: (name: string) => boolean): { text: string; dropped: ReadonlySet<string> } {
  const parser = new SaxesParser({ xmlns: false });
  const dropped = new Set<string>();
  let out = '';
  /** Depth within an element that is not for the ear; its content is dropped with it. */
  let silent = 0;
  const open: { name: string; kept: boolean; alias: boolean }[] = [];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('a document type declaration is not allowed');
  });
  parser.on('opentag', ({ name, attributes, isSelfClosing }) => {
    const local = name.toLowerCase();
    const kept = silent === 0 && keeps(local);
    const alias = !kept && local === 'sub' && attributes.alias !== undefined;
    open.push({ name: local, kept, alias });
    if (!kept && (silent > 0 || SILENT.has(local) || alias)) silent += 1;
    if (alias && silent === 1) out += String(attributes.alias);
    if (kept) {
      const fields = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value), true)}"`);
      out += `<${name}${fields.join('')}${isSelfClosing ? '/' : ''}>`;
    } else if (silent === 0) {
      if (local !== 'speak') dropped.add(local);
      if (BLOCKS.has(local)) out += ' ';
    }
  });
  parser.on('closetag', ({ name, isSelfClosing }) => {
    const element = open.pop();
    if (element === undefined) return;
    if (element.kept) out += isSelfClosing ? '' : `</${name}>`;
    else if (silent > 0) silent -= 1;
    else if (BLOCKS.has(element.name)) out += ' ';
  });
  const keepsMarkUp = keeps('speak');
  const onText = (content: string) => {
    if (silent === 0) out += keepsMarkUp ? escapeXml(content, false) : content;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.write(text.trim()).close();
  return { text: out, dropped };
}

function escapeXml(text: string, attribute: boolean): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return attribute ? escaped.replaceAll('"', '&quot;') : escaped;
}

function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
