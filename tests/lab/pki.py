"""Certificates for the lab: an authority, servers on loopback, device identities."""

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LOOPBACK = [
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
]


class Authority:
    """A certificate authority. All of its certificates share one key pair: they are for tests alone."""

    def __init__(self, name: str = "Lab") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} CA")])
        self._certificate = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    key_cert_sign=True,
                    crl_sign=True,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        """The authority's own certificate."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def identity(self, name: str) -> bytes:
        """A device's identity certificate, as DER."""
        return self._leaf(name, ExtendedKeyUsageOID.CLIENT_AUTH).public_bytes(serialization.Encoding.DER)

    def server(self, folder: Path, name: str = "localhost") -> ssl.SSLContext:
        """A TLS context for a server on loopback; its certificate and key are written below *folder*.

        The certificate is good for *name*, too.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.write_server(folder, name))
        return context

    def write_server(self, folder: Path, name: str = "localhost") -> tuple[Path, Path]:
        """Write a certificate and key for a server on loopback; their paths."""
        certificate, key = folder / "server.crt", folder / "server.key"
        leaf = self._leaf(name, ExtendedKeyUsageOID.SERVER_AUTH)
        certificate.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
        key.touch(mode=0o600)
        key.write_bytes(_private(self._leaf_key))
        return certificate, key

    def _leaf(self, name: str, usage: x509.ObjectIdentifier) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return (
            self._builder(subject, self._leaf_key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectAlternativeName([*_LOOPBACK, x509.DNSName(name)]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return _builder(subject, self._name, key)


def push_certificate(topic: str) -> bytes:
    """A certificate to push by, and its key, as PEM: nobody but its owner signed it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.USER_ID, topic)])
    certificate = _builder(subject, subject, key).sign(key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM) + _private(key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
