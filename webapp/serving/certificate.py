"""A self-signed certificate and a QR code, so that a phone on the same Wi-Fi may use its camera."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import sys
from pathlib import Path

import segno
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID_DAYS = 30


def self_signed_certificate(data_folder: Path) -> dict[str, str]:
    """Make a certificate for this machine's names and addresses; a new one at every start.

    Args:
        data_folder: gets `certificate.pem` and `certificate-key.pem`.

    Returns:
        `{"certfile", "keyfile"}`.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mask Mirror")])
    now = datetime.datetime.now(datetime.UTC)
    addresses = [x509.IPAddress(ipaddress.ip_address(a)) for a in {"127.0.0.1", lan_address()}]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), *addresses]), critical=False)
        .sign(key, hashes.SHA256())
    )
    data_folder.mkdir(parents=True, exist_ok=True)
    paths = {"certfile": data_folder / "certificate.pem", "keyfile": data_folder / "certificate-key.pem"}
    paths["certfile"].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths["keyfile"].touch(mode=0o600)
    paths["keyfile"].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return {kind: str(path) for kind, path in paths.items()}


def announce(port: int) -> None:
    """Print the address for a phone, and its QR code."""
    address = f"https://{lan_address()}:{port}"
    segno.make(address, error="m").terminal(out=sys.stdout, compact=True)
    print(f"Open {address} on a phone in the same network. Its browser warns of the self-made certificate: go on.")


def lan_address() -> str:
    """Return this machine's address in its own network, 127.0.0.1 if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a datagram socket sends nothing here; the kernel picks the route
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
