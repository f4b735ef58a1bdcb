// Certificates for the time of one run: a CA, and what it says of servers, true or not. Nothing of it touches a disk but
// the CA's own certificate, which the runtimes read from a file.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

const DAY = 86_400_000;
/** Object identifiers, by what they say. */
const OID = {
  commonName: "2.5.4.3",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
};
const LOOPBACK = { names: ["localhost"], addresses: [[127, 0, 0, 1]] };

/** `{ ca, good, expired, wrongHost, selfSigned, unknownCa }`; `ca` is a PEM, the others are `{ key, cert }` for node:tls. */
export function createCertificates() {
  const ca = issue({ subject: "bearerkit test CA", isCa: true });
  const stranger = issue({ subject: "a CA that nobody trusts", isCa: true });
  const pair = ({ cert, key }) => ({ cert, key: key.export({ type: "pkcs8", format: "pem" }) });
  return {
    ca: ca.cert,
    good: pair(issue({ subject: "good", issuer: ca, ...LOOPBACK })),
    expired: pair(issue({ subject: "expired", issuer: ca, ...LOOPBACK, from: -3 * DAY, to: -2 * DAY })),
    wrongHost: pair(issue({ subject: "elsewhere", issuer: ca, names: ["elsewhere.example"] })),
    selfSigned: pair(issue({ subject: "self-signed", ...LOOPBACK })),
    unknownCa: pair(issue({ subject: "unknown", issuer: stranger, ...LOOPBACK })),
  };
}

/** A certificate of RFC 5280; without an `issuer` it signs itself. */
function issue({ subject, issuer, isCa = false, names = [], addresses = [], from = -DAY, to = 2 * DAY }) {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const alternatives = [
    ...names.map((name) => tagged(0x82, Buffer.from(name))),
    ...addresses.map((address) => tagged(0x87, Buffer.from(address))),
  ];
  const extensions = [
    extension(OID.basicConstraints, sequence(...(isCa ? [TRUE] : [])), true),
    // Bits from the left: a CA signs certificates, a server signs.
    extension(OID.keyUsage, tagged(0x03, Buffer.from(isCa ? [2, 0x04] : [7, 0x80])), true),
    ...(isCa ? [] : [
      extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuthentication))),
      extension(OID.subjectAltName, sequence(...alternatives)),
    ]),
  ];
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    distinguishedName(issuer?.subject ?? subject),
    sequence(time(Date.now() + from), time(Date.now() + to)),
    distinguishedName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", body, issuer?.key ?? privateKey);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString("base64").match(/.{1,64}/g).join("\n");
  return { subject, key: privateKey, cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n` };
}

// As much of DER (X.690) as a certificate needs.

const TRUE = tagged(0x01, Buffer.from([0xff]));

function tagged(tag, content) {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...items) {
  return tagged(0x30, Buffer.concat(items));
}

function integer(bytes) {
  return tagged(0x02, bytes);
}

function oid(text) {
  const [first, second, ...rest] = text.split(".").map(Number);
  const base128 = (number) =>
    number < 128 ? [number] : [...base128(number >> 7).map((byte) => byte | 0x80), number & 0x7f];
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function distinguishedName(commonName) {
  return sequence(tagged(0x31, sequence(oid(OID.commonName), tagged(0x0c, Buffer.from(commonName)))));
}

/** UTCTime, as RFC 5280 wants it of dates before 2050. */
function time(millis) {
  return tagged(0x17, Buffer.from(new Date(millis).toISOString().slice(2).replace(/[-:T]|\.\d+/g, "")));
}

function extension(id, value, critical = false) {
  return sequence(oid(id), ...(critical ? [TRUE] : []), tagged(0x04, value));
}
