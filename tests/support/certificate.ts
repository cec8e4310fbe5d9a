/** Certificates for servers on this machine. */

/** The paths of a certificate's files. */
export interface Certificate {
  /** The certificate of the authority that signed it: clients trust this one. */
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
}

/** Creates an authority and a certificate for `localhost` in a folder. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const [authority, authorityKey] = [`${folder}/authority.pem`, `${folder}/authority.key`];
  const [cert, key] = [`${folder}/cert.pem`, `${folder}/cert.key`];
  await openssl("/CN=tests", authorityKey, authority, ["basicConstraints=critical,CA:TRUE"], []);
  const names = ["subjectAltName=DNS:localhost", "basicConstraints=critical,CA:FALSE"];
  const signer = ["-CA", authority, "-CAkey", authorityKey];
  await openssl("/CN=localhost", key, cert, names, signer);
  return { authority, cert, key };
}

async function openssl(
  subject: string,
  key: string,
  out: string,
  extensions: readonly string[],
  more: readonly string[],
): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", subject],
      ...["-keyout", key, "-out", out, ...extensions.flatMap((it) => ["-addext", it]), ...more],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
