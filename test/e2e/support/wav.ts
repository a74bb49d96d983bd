/** 16 bit mono or the first channel of more; enough for what baresip and the scripted caller write. */
export function readPcmWav(bytes: Buffer, channel = 0): { samples: Int16Array<ArrayBuffer>; rate: number } {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF') throw new Error('not a RIFF file');
  let channels = 1;
  let rate = 8000;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    if (id === 'fmt ') {
      channels = bytes.readUInt16LE(at + 10);
      rate = bytes.readUInt32LE(at + 12);
      if (bytes.readUInt16LE(at + 22) !== 16) throw new Error('not 16 bit');
    }
    if (id === 'data') {
      // a writer that was killed leaves the size at 0 or too large
      const end = size === 0 || at + 8 + size > bytes.length ? bytes.length : at + 8 + size;
      const frames = Math.floor((end - at - 8) / 2 / channels);
      const samples = new Int16Array(frames);
      for (let i = 0; i < frames; i++) samples[i] = bytes.readInt16LE(at + 8 + 2 * (i * channels + channel));
      return { samples, rate };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error('no data chunk');
}

/** A 16 bit mono WAV file. */
export function writePcmWav(samples: Int16Array, rate = 8000): Buffer {
  const data = Buffer.alloc(44 + samples.length * 2);
  data.write('RIFF', 0, 'latin1');
  data.writeUInt32LE(36 + samples.length * 2, 4);
  data.write('WAVEfmt ', 8, 'latin1');
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(1, 22);
  data.writeUInt32LE(rate, 24);
  data.writeUInt32LE(rate * 2, 28);
  data.writeUInt16LE(2, 32);
  data.writeUInt16LE(16, 34);
  data.write('data', 36, 'latin1');
  data.writeUInt32LE(samples.length * 2, 40);
  for (let i = 0; i < samples.length; i++) data.writeInt16LE(samples[i] as number, 44 + 2 * i);
  return data;
}
