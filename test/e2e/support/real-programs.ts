/**
 * The production engine for tests of a whole hub: where PATCHBAY_FREESWITCH and PATCHBAY_DRACHTIO (`host:port`) name running
 * programs, with FREESWITCH_SECRET, DRACHTIO_SECRET and DRACHTIO_SIP_PORT, hubs use them instead of the embedded engine. One file at a time.
 */
export function realPrograms(
  env: Readonly<Record<string, string | undefined>>,
): { sipPort: number; sections: Record<string, unknown> } | undefined {
  const { PATCHBAY_FREESWITCH, PATCHBAY_DRACHTIO, FREESWITCH_SECRET, DRACHTIO_SECRET, DRACHTIO_SIP_PORT } = env;
  if (!PATCHBAY_FREESWITCH || !PATCHBAY_DRACHTIO) return undefined;
  const [drachtioHost, drachtioPort] = PATCHBAY_DRACHTIO.split(':');
  const [host, port] = PATCHBAY_FREESWITCH.split(':');
  return {
    sipPort: Number(DRACHTIO_SIP_PORT ?? 5060),
    sections: {
      engine: 'freeswitch',
      drachtio: { host: drachtioHost, port: Number(drachtioPort), secret: DRACHTIO_SECRET },
      freeswitch: [{ host, port: Number(port), secret: FREESWITCH_SECRET, maxCalls: 40 }],
      audioSocket: { port: 0 },
      // JSON leaves out what is undefined: it belongs to the embedded engine
      sip: undefined,
    },
  };
}
