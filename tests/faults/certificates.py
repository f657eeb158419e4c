"""Certificates that are made when they are needed, for an hour, by an authority of our own; none is kept."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)
SIGNS = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Somebody who vouches for servers; `path` is the file of those who trust it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.key = folder, _name(name), ec.generate_private_key(ec.SECP256R1())
        self.path = folder / f"{name}.pem"
        authority = x509.BasicConstraints(ca=True, path_length=0)
        own = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        made = self._builder(self.name, self.key, -DAY, DAY).add_extension(authority, critical=True)
        made = made.add_extension(SIGNS, critical=True).add_extension(own, critical=False)
        self.path.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def vouch(self, file: str, *, address: str = "127.0.0.1", since: timedelta = -DAY, until: timedelta = DAY) -> Path:
        """A file with a key and the certificate of a server, valid between two distances from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        made = self._builder(_name(address), key, since, until).add_extension(names, critical=False)
        made = made.add_extension(above, critical=False)
        path = self.folder / f"{file}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(secret + made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return path

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, since: timedelta, until: timedelta
    ) -> x509.CertificateBuilder:
        now, number = datetime.now(UTC), x509.random_serial_number()
        return x509.CertificateBuilder(self.name, subject, key.public_key(), number, now + since, now + until)


def _name(words: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])
