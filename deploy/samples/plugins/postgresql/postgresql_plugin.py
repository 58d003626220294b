#!/usr/bin/python3
"""A provider plugin: one PostgreSQL database, with a role of its own, per instance.

    postgresql_plugin.py --passwords DIR [--dsn DSN] [--proto DIR] [--listen ADDRESS]

Connects as libpq is told to (PGHOST, PGUSER, ... or --dsn), as a superuser, to the database
`postgres`. There it keeps one table, instanced.databases: token, mark and name of each database,
written before the database is made. An instance is a row of pg_database; its id is "db-<oid>", for
an oid names one database only. Passwords are written to DIR, one file a role, and never answered.

Needs Debian's python3-grpcio, python3-protobuf, python3-psycopg2, protobuf-compiler-grpc.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import uuid

import grpc
import psycopg2
import psycopg2.errors
from psycopg2 import sql

HERE = os.path.dirname(os.path.abspath(__file__))


def load_contract(folder):
    """Generates the messages from provider.proto, next to nothing: in a folder that goes away."""
    out = tempfile.TemporaryDirectory(prefix="provider-")
    subprocess.run(
        ["protoc", f"--proto_path={folder}", f"--python_out={out.name}", f"--grpc_out={out.name}",
         "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin", "provider.proto"], check=True)
    sys.path.insert(0, out.name)
    import provider_pb2
    import provider_pb2_grpc
    out.cleanup()
    return provider_pb2, provider_pb2_grpc


ARGUMENTS = argparse.ArgumentParser(description=__doc__.splitlines()[0])
ARGUMENTS.add_argument("--passwords", required=True, help="folder of the roles' password files")
ARGUMENTS.add_argument("--dsn", default="dbname=postgres", help="how libpq reaches the server")
ARGUMENTS.add_argument("--proto", default=os.path.join(HERE, "../../../../api/provider/v1"),
                       help="folder of provider.proto")
ARGUMENTS.add_argument("--listen", default=os.environ.get("INSTANCED_PLUGIN_ADDRESS"),
                       help="unix:/path [INSTANCED_PLUGIN_ADDRESS]")
OPTIONS = ARGUMENTS.parse_args()
pb, pb_grpc = load_contract(OPTIONS.proto)

NAME = re.compile(r"^[a-z_][a-z0-9_]{0,62}$")
SCHEMA = {
    "type": "object",
    "required": ["database"],
    "additionalProperties": False,
    "properties": {
        "database": {"type": "string", "pattern": NAME.pattern,
                     "description": "name of the database and of the role that owns it"},
        "connectionLimit": {"type": "integer", "minimum": -1, "maximum": 10000,
                            "description": "connections at a time, -1 for any number"},
        "allowConnections": {"type": "boolean"},
        "encoding": {"type": "string", "enum": ["UTF8", "LATIN1", "SQL_ASCII"]},
    },
    "examples": [
        {"database": "app_{unique}", "connectionLimit": 20, "allowConnections": True},
        {"database": "app_{unique}", "connectionLimit": 50, "allowConnections": True},
    ],
}
TABLE = """
CREATE SCHEMA IF NOT EXISTS instanced;
CREATE TABLE IF NOT EXISTS instanced.databases (
  database text PRIMARY KEY,
  token text UNIQUE,
  owner text NOT NULL,
  uid text NOT NULL,
  oid oid);
"""
# A row names a database while its oid is that database's, or is not recorded yet.
SELECT = """
SELECT d.oid::bigint, d.datname, d.datconnlimit, d.datallowconn, pg_encoding_to_char(d.encoding),
       pg_get_userbyid(d.datdba), d.datistemplate, r.owner, r.uid
FROM pg_database d
LEFT JOIN instanced.databases r ON r.database = d.datname AND (r.oid IS NULL OR r.oid = d.oid)
"""


class Refusal(Exception):
    def __init__(self, status, error_class, code, message):
        super().__init__(message)
        self.status, self.error_class, self.code = status, error_class, code


def not_found(name):
    return Refusal(grpc.StatusCode.NOT_FOUND, pb.ERROR_CLASS_NOT_FOUND, "NoSuchDatabase",
                   f"there is no database {name}")


def refusal_from(error):
    """From what PostgreSQL says to a class of the contract."""
    code = getattr(error, "pgcode", None) or type(error).__name__
    message = str(error).strip().splitlines()[0] if str(error).strip() else "no connection"
    table = [
        (psycopg2.errors.InsufficientPrivilege, "PERMISSION_DENIED", pb.ERROR_CLASS_AUTH),
        (psycopg2.errors.InvalidPassword, "UNAUTHENTICATED", pb.ERROR_CLASS_AUTH),
        (psycopg2.errors.TooManyConnections, "RESOURCE_EXHAUSTED", pb.ERROR_CLASS_THROTTLED),
        (psycopg2.errors.DuplicateDatabase, "ALREADY_EXISTS", pb.ERROR_CLASS_TAKEN),
        (psycopg2.errors.ObjectInUse, "ABORTED", pb.ERROR_CLASS_BUSY),
        (psycopg2.errors.DiskFull, "RESOURCE_EXHAUSTED", pb.ERROR_CLASS_QUOTA),
        (psycopg2.errors.QueryCanceled, "DEADLINE_EXCEEDED", pb.ERROR_CLASS_IN_DOUBT),
        (psycopg2.DataError, "INVALID_ARGUMENT", pb.ERROR_CLASS_VALIDATION),
        (psycopg2.OperationalError, "UNAVAILABLE", pb.ERROR_CLASS_TRANSIENT),
    ]
    for kind, status, error_class in table:
        if isinstance(error, kind):
            return Refusal(grpc.StatusCode[status], error_class, code, message)
    return Refusal(grpc.StatusCode.INTERNAL, pb.ERROR_CLASS_TRANSIENT, code, message)


def abort(context, refusal):
    detail = pb.ErrorDetail(error_class=refusal.error_class, code=refusal.code)
    status = pb.Status(code=refusal.status.value[0], message=str(refusal))
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(refusal.status, str(refusal))


@contextlib.contextmanager
def answering(context):
    """Every failure leaves with its class."""
    try:
        yield
    except Refusal as refusal:
        abort(context, refusal)
    except psycopg2.Error as error:
        abort(context, refusal_from(error))


@contextlib.contextmanager
def server(context):
    """A connection that gives up when the caller does. Autocommit: CREATE DATABASE needs it."""
    connection = psycopg2.connect(OPTIONS.dsn, connect_timeout=5)
    try:
        connection.autocommit = True
        left = context.time_remaining()
        with connection.cursor() as cursor:
            if left is not None:
                cursor.execute("SET statement_timeout = %s", (max(1, int(left * 1000)),))
            yield cursor
    finally:
        connection.close()


def instance_from(row):
    oid, name, limit, allowed, encoding, owner, template, mark_owner, uid = row
    fields = {"database": name, "connectionLimit": limit, "allowConnections": allowed,
              "encoding": encoding}
    shown = {"database": name, "oid": oid, "owner": owner,
             "passwordFile": password_file(name) if uid else ""}
    return pb.Instance(
        external_name=f"db-{oid}", lifecycle=pb.LIFECYCLE_READY, state="online",
        mark=pb.Mark(owner=mark_owner or "", uid=uid or ""), fields_json=json.dumps(fields),
        at_provider_json=json.dumps(shown), preset=template or name == "postgres")


def password_file(database):
    return os.path.join(os.path.abspath(OPTIONS.passwords), database + ".password")


def oid_of(name):
    match = re.fullmatch(r"db-([0-9]{1,10})", name)
    if not match:
        raise not_found(name)
    return int(match.group(1))


def look(cursor, name):
    cursor.execute(SELECT + "WHERE d.oid = %s", (oid_of(name),))
    row = cursor.fetchone()
    if row is None:
        raise not_found(name)
    return row


def check(parameters):
    """What the daemon has checked already; another caller may not have."""
    for name, value in parameters.items():
        rule = SCHEMA["properties"].get(name)
        kinds = {"string": str, "integer": int, "boolean": bool}
        if rule is None or not isinstance(value, kinds[rule["type"]]):
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, pb.ERROR_CLASS_VALIDATION, "Invalid",
                          f"{name}: is no field, or of another type than the schema says")
    if not NAME.match(parameters.get("database", "")):
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, pb.ERROR_CLASS_VALIDATION, "Invalid",
                      "database: want a lower-case name of 1 to 63 letters, digits and '_'")


class Databases(pb_grpc.ProviderServicer):
    def __init__(self, scope):
        self.scope = scope
        self.boot_id = uuid.uuid4().hex
        self.making = threading.Lock()

    def Handshake(self, request, context):
        if 1 not in request.protocol_versions:
            abort(context, Refusal(grpc.StatusCode.FAILED_PRECONDITION, pb.ERROR_CLASS_TERMINAL,
                                   "NoCommonVersion", "this plugin speaks protocol version 1"))
        return pb.HandshakeResponse(
            protocol_version=1, plugin_name="postgresql", plugin_version="1.0", scope=self.scope,
            boot_id=self.boot_id, capabilities=[pb.CAPABILITY_UPDATE], max_concurrent_calls=8)

    def GetSchema(self, request, context):
        return pb.GetSchemaResponse(json_schema=json.dumps(SCHEMA),
                                    immutable_fields=["database", "encoding"])

    def Observe(self, request, context):
        with answering(context), server(context) as cursor:
            return pb.ObserveResponse(instance=instance_from(look(cursor, request.external_name)))

    def Create(self, request, context):
        with answering(context), self.making, server(context) as cursor:
            parameters = json.loads(request.parameters_json)
            check(parameters)
            name = parameters["database"]
            self.record(cursor, name, request)
            cursor.execute("SELECT oid::bigint FROM pg_database WHERE datname = %s", (name,))
            found = cursor.fetchone()
            if found is None:
                self.make(cursor, name, parameters)
                cursor.execute("SELECT oid::bigint FROM pg_database WHERE datname = %s", (name,))
                found = cursor.fetchone()
            cursor.execute("UPDATE instanced.databases SET oid = %s WHERE database = %s",
                           (found[0], name))
            return pb.CreateResponse(external_name=f"db-{found[0]}")

    @staticmethod
    def record(cursor, name, request):
        """Token and mark first; a database that nobody recorded is somebody else's."""
        cursor.execute("SELECT r.token, d.oid IS NOT NULL FROM instanced.databases r "
                       "LEFT JOIN pg_database d ON d.datname = r.database AND "
                       "(r.oid IS NULL OR r.oid = d.oid) WHERE r.database = %s", (name,))
        row = cursor.fetchone()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        exists = cursor.fetchone() is not None
        if row and row[0] == request.token and row[1] == exists:
            return
        if exists:
            raise Refusal(grpc.StatusCode.ALREADY_EXISTS, pb.ERROR_CLASS_TAKEN, "DatabaseExists",
                          f"database {name} exists already")
        cursor.execute("DELETE FROM instanced.databases WHERE database = %s", (name,))
        cursor.execute("INSERT INTO instanced.databases VALUES (%s, %s, %s, %s, NULL)",
                       (name, request.token, request.mark.owner, request.mark.uid))

    @staticmethod
    def make(cursor, name, parameters):
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
        if not cursor.fetchone():
            password = secrets.token_urlsafe(24)
            descriptor = os.open(password_file(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(password + "\n")
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(name), sql.Literal(password)))
        encoding = parameters.get("encoding")
        cursor.execute(sql.SQL(
            "CREATE DATABASE {} OWNER {} TEMPLATE template0 CONNECTION LIMIT {} "
            "ALLOW_CONNECTIONS {} {}").format(
                sql.Identifier(name), sql.Identifier(name),
                sql.Literal(parameters.get("connectionLimit", -1)),
                sql.Literal(parameters.get("allowConnections", True)),
                sql.SQL("ENCODING {} LC_COLLATE 'C' LC_CTYPE 'C'").format(sql.Literal(encoding))
                if encoding else sql.SQL("")))

    def Update(self, request, context):
        with answering(context), self.making, server(context) as cursor:
            row = look(cursor, request.external_name)
            parameters = json.loads(request.parameters_json)
            check(parameters)
            name = sql.Identifier(row[1])
            for field, option in (("connectionLimit", "CONNECTION LIMIT"),
                                  ("allowConnections", "ALLOW_CONNECTIONS")):
                if field in request.changed_fields and field in parameters:
                    cursor.execute(sql.SQL("ALTER DATABASE {} " + option + " {}").format(
                        name, sql.Literal(parameters[field])))
            cursor.execute(
                "INSERT INTO instanced.databases VALUES (%s, NULL, %s, %s, %s) "
                "ON CONFLICT (database) DO UPDATE SET owner = excluded.owner, "
                "uid = excluded.uid, oid = excluded.oid",
                (row[1], request.mark.owner, request.mark.uid, row[0]))
            return pb.UpdateResponse()

    def Delete(self, request, context):
        with answering(context), self.making, server(context) as cursor:
            try:
                row = look(cursor, request.external_name)
            except Refusal:
                return pb.DeleteResponse()
            name = sql.Identifier(row[1])
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(name))
            cursor.execute("DELETE FROM instanced.databases WHERE database = %s", (row[1],))
            with contextlib.suppress(FileNotFoundError):
                os.remove(password_file(row[1]))
            return pb.DeleteResponse()

    def List(self, request, context):
        with answering(context), server(context) as cursor:
            if not re.fullmatch(r"[0-9]{0,10}", request.page_token):
                raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, pb.ERROR_CLASS_VALIDATION,
                              "UnknownPage", "page_token is none of this plugin's")
            size = min(max(request.page_size, 1), 1000)
            cursor.execute(SELECT + "WHERE d.oid > %s ORDER BY d.oid LIMIT %s",
                           (int(request.page_token or 0), size + 1))
            rows = cursor.fetchall()
            more = str(rows[size - 1][0]) if len(rows) > size else ""
            yield pb.ListResponse(instances=[instance_from(row) for row in rows[:size]])
            yield pb.ListResponse(page_end=pb.PageEnd(next_page_token=more))


def prepare():
    """The table, and which server this is."""
    connection = psycopg2.connect(OPTIONS.dsn, connect_timeout=5)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        scope = str(cursor.fetchone()[0])
    connection.close()
    return scope


def main():
    if not OPTIONS.listen:
        ARGUMENTS.error("say where to listen: --listen unix:/path")
    os.makedirs(OPTIONS.passwords, mode=0o700, exist_ok=True)
    try:
        scope = prepare()
    except psycopg2.Error as error:
        sys.exit(f"cannot use the PostgreSQL server: {refusal_from(error)}")
    host = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=12))
    pb_grpc.add_ProviderServicer_to_server(Databases(scope), host)
    host.add_insecure_port(OPTIONS.listen)
    host.start()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    ended.wait()
    host.stop(grace=2).wait()


if __name__ == "__main__":
    main()
