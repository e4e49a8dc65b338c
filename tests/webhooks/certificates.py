"""A certificate authority of a test's own, and certificates by it, good and bad."""

import datetime
import ssl
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_NOW = datetime.datetime.now(datetime.UTC)
_DAY = datetime.timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


class Authority:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key()
        self.certificate = (
            x509.CertificateBuilder(_name("CA"), _name("CA"), public, x509.random_serial_number())
            .not_valid_before(_NOW - 9 * _DAY)
            .not_valid_after(_NOW + 9 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
                    key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
                ),
                critical=True,
            )
            .sign(self._key, hashes.SHA256())
        )  # fmt: skip
        self.file = directory / "ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def pair(self, subject: str, *, host: str = "127.0.0.1", ends_in_days: int = 9) -> tuple[str, str]:
        """A certificate and its private key, PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternative = x509.IPAddress(ip_address(host)) if host[0].isdecimal() else x509.DNSName(host)
        signed = (
            x509.CertificateBuilder(
                self.certificate.subject, _name(subject), key.public_key(), x509.random_serial_number()
            )
            .not_valid_before(_NOW - 8 * _DAY)
            .not_valid_after(_NOW + ends_in_days * _DAY)
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode()

    def server(self, *, host: str = "127.0.0.1", ends_in_days: int = 9, clients: bool = False) -> ssl.SSLContext:
        """For a server; with `clients` it asks for their certificates, by this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        file = self._directory / f"{host}-{ends_in_days}.pem"
        file.write_text("".join(self.pair("server", host=host, ends_in_days=ends_in_days)))
        context.load_cert_chain(file)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file)
        return context
