/** Scenarios for sipp, put together from steps. `[...]` are sipp's own keywords, replaced per call. */

const COMMON = [
  'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
  'Max-Forwards: 70',
  'From: "sipp" <sip:[caller]@[local_ip]:[local_port]>;tag=[pid]SIPpTag[call_number]',
  'Call-ID: [call_id]',
];
const CONTACT = 'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>';

/** An offer whose media address is the key `media_port`, given to sipp on the command line. */
export function offer(options: { payloads?: string; direction?: string; rtpmap?: readonly string[] } = {}): string {
  const { payloads = '0 8 101', direction = 'sendrecv' } = options;
  const rtpmap = options.rtpmap ?? ['0 PCMU/8000', '8 PCMA/8000', '101 telephone-event/8000'];
  return [
    'v=0',
    'o=sipp 53655765 2353687637 IN IP[local_ip_type] [local_ip]',
    's=-',
    'c=IN IP[local_ip_type] [local_ip]',
    't=0 0',
    `m=audio [media_port_of_test] RTP/AVP ${payloads}`,
    ...rtpmap.map((line) => `a=rtpmap:${line}`),
    'a=ptime:20',
    `a=${direction}`,
  ].join('\n');
}

export interface RequestOptions {
  /** CSeq number; sipp's `[cseq]` counts by itself where it is left out. */
  cseq?: number | undefined;
  /** In a dialog: To tag and remote target from the last response. */
  inDialog?: boolean;
  branch?: string;
  body?: string;
  contentType?: string;
  headers?: readonly string[];
  /** Seconds of sipp's own retransmission interval start; only UDP uses it. */
  retransmit?: boolean;
}

export function request(method: string, options: RequestOptions = {}): string {
  const { body = '', inDialog = false, headers = [] } = options;
  const common = options.branch ? [COMMON[0]?.replace('[branch]', options.branch) ?? '', ...COMMON.slice(1)] : COMMON;
  const target = inDialog && method !== 'CANCEL' ? '[next_url]' : 'sip:[service]@[remote_ip]:[remote_port]';
  const lines = [
    `${method} ${target} SIP/2.0`,
    ...common,
    `To: <sip:[service]@[remote_ip]:[remote_port]>${inDialog ? '[peer_tag_param]' : ''}`,
    `CSeq: ${options.cseq ?? '[cseq]'} ${method}`,
    CONTACT,
    ...(inDialog ? ['[routes]'] : []),
    ...headers,
    ...(body ? [`Content-Type: ${options.contentType ?? 'application/sdp'}`] : []),
    'Content-Length: [len]',
    '',
    body,
  ];
  const attributes = options.retransmit === false || method === 'ACK' ? '' : ' retrans="500"';
  return `<send${attributes}><![CDATA[\n${lines.join('\n')}\n]]></send>`;
}

export interface ResponseOptions {
  optional?: boolean;
  /** The remote target and route set are taken from it. */
  rrs?: boolean;
  timeoutMs?: number;
  /** Regular expressions that the message must contain. */
  contains?: readonly string[];
}

export function response(status: number, options: ResponseOptions = {}): string {
  const attributes = [
    `response="${status}"`,
    options.optional ? 'optional="true"' : '',
    options.rrs ? 'rrs="true" rtd="true"' : '',
    options.timeoutMs ? `timeout="${options.timeoutMs}"` : '',
  ];
  return receive(attributes, options.contains);
}

/** Waits for a request of the hub. */
export function incoming(method: string, options: { timeoutMs?: number; contains?: readonly string[] } = {}): string {
  return receive([`request="${method}"`, options.timeoutMs ? `timeout="${options.timeoutMs}"` : ''], options.contains);
}

let nextVariable = 0;

function receive(attributes: readonly string[], contains: readonly string[] = []): string {
  const head = `<recv ${attributes.filter((attribute) => attribute !== '').join(' ')}>`;
  if (contains.length === 0) return `${head}</recv>`;
  const names = contains.map(() => `found${nextVariable++}`);
  const checks = contains.map((pattern, i) => {
    const escaped = pattern.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
    return `<ereg regexp="${escaped}" search_in="msg" check_it="true" assign_to="${names[i]}"/>`;
  });
  // sipp refuses a variable that nothing reads; the log line reads it
  const reader = `<log message="${names.map((name) => `[$${name}]`).join(' ')}"/>`;
  return `${head}<action>${checks.join('')}${reader}</action></recv>`;
}

/** Answers the request that was just received with 200. */
export const ok = (): string => answerWith(200, 'OK');

/** Answers the request that was just received. */
export function answerWith(status: number, reason: string, headers: readonly string[] = []): string {
  const lines = [
    `SIP/2.0 ${status} ${reason}`,
    '[last_Via:]',
    '[last_From:]',
    '[last_To:]',
    '[last_Call-ID:]',
    '[last_CSeq:]',
    CONTACT,
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ];
  return `<send><![CDATA[\n${lines.join('\n')}\n]]></send>`;
}

/** Waits until the test says so (`Sipp.release`): a request that the scenario leaves unanswered. */
export const untilReleased = (): string => incoming('OPTIONS', { timeoutMs: 30_000 });

/** What `untilReleased` waits for; sipp finds the call by its Call-ID. */
export function releaseRequest(callId: string): string {
  const lines = [
    'OPTIONS sip:sipp@127.0.0.1 SIP/2.0',
    'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-release',
    'Max-Forwards: 70',
    'From: <sip:test@127.0.0.1>;tag=test',
    'To: <sip:sipp@127.0.0.1>',
    `Call-ID: ${callId}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

export const pause = (ms: number): string => `<pause milliseconds="${ms}"/>`;

/** Starts sipp's own RTP player on a file of raw G.711. */
export const playRtp = (file: string, law: 'PCMU' | 'PCMA' = 'PCMU'): string =>
  `<nop><action><exec rtp_stream="${file},1,${law === 'PCMU' ? 0 : 8},${law}/8000"/></action></nop>`;

/** INVITE, its provisional responses, 200 and ACK. */
export function establish(body: string = offer()): string[] {
  return [
    request('INVITE', { body }),
    response(100, { optional: true }),
    response(180, { optional: true }),
    response(183, { optional: true }),
    response(200, { rrs: true, timeoutMs: 20_000 }),
    request('ACK', { inDialog: true }),
  ];
}

/** BYE of ours and its answer. A 200 to a resent INVITE may come in between. */
export function hangUp(): string[] {
  return [request('BYE', { inDialog: true }), response(200, { timeoutMs: 20_000 })];
}

export function scenario(name: string, steps: readonly string[]): string {
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n`;
}
