"""A certificate authority for the servers outside: mirror, registry, the ACME server's own door."""

import pathlib
import ssl

from . import shell


class CertificateAuthority:
    """A root key and a certificate for any name, made when first asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.root = self.folder / "root.crt"
        self.key = self.folder / "root.key"
        self._contexts = {}
        if not self.root.exists():
            shell.run(
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "3650", "-subj", "/CN=Boot Test Root",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                "-keyout", self.key, "-out", self.root,
            )  # fmt: skip

    def issue(self, name, *more):
        """(certificate, key) for one host name, and more of them if wanted."""
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        if not certificate.exists():
            request = self.folder / f"{name}.csr"
            extensions = self.folder / f"{name}.ext"
            extensions.write_text(
                f"subjectAltName={','.join('DNS:' + each for each in (name, *more))}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"
                "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
            )
            shell.run(
                "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={name}", "-keyout", key, "-out", request,
            )  # fmt: skip
            shell.run(
                "openssl", "x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self.key,
                "-CAcreateserial", "-days", "3650", "-extfile", extensions, "-out", certificate,
            )  # fmt: skip
        return certificate, key

    def server_context(self, fallback):
        """A TLS context that answers to every name with a certificate for it."""
        context = self._context(fallback)

        def choose(connection, name, _context):
            if name:
                connection.context = self._context(name)

        context.sni_callback = choose
        return context

    def _context(self, name):
        if name not in self._contexts:
            certificate, key = self.issue(name)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self._contexts[name] = context
        return self._contexts[name]
