import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

export interface TestAuthority {
  /** Certificate of the authority. */
  ca: string;
  /** A certificate that it has signed, for an address such as `IP:127.0.0.1` or `DNS:bot.example`. */
  issue(name: string): KeyAndCertificate;
}

/** A certificate that nobody has signed but itself, for 127.0.0.1. Undefined where the program openssl is missing. */
export function selfSignedCertificate(): KeyAndCertificate | undefined {
  return make(['-addext', 'subjectAltName=IP:127.0.0.1']);
}

/** A certificate authority of a test's own. Undefined where the program openssl is missing. */
export function testAuthority(): TestAuthority | undefined {
  const authority = make(['-subj', '/CN=Authority of a test', '-addext', 'keyUsage=critical,keyCertSign']);
  if (authority === undefined) return undefined;
  return {
    ca: authority.cert,
    issue(name) {
      const extensions = [`subjectAltName=${name}`, 'basicConstraints=critical,CA:FALSE'];
      const issued = make(
        extensions.flatMap((extension) => ['-addext', extension]),
        authority,
      );
      if (issued === undefined) throw new Error('openssl could not issue a certificate');
      return issued;
    },
  };
}

function make(options: readonly string[], by?: KeyAndCertificate): KeyAndCertificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-tls-'));
  const file = (name: string, content = ''): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  try {
    const [key, cert] = [file('key.pem'), file('cert.pem')];
    const signer = by === undefined ? [] : ['-CA', file('ca.pem', by.cert), '-CAkey', file('ca-key.pem', by.key)];
    const { status } = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
      ...(options.includes('-subj') ? [] : ['-subj', '/CN=test']),
      ...options,
      ...signer,
      ...['-keyout', key, '-out', cert],
    ]);
    return status === 0 ? { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
