"""What a client of a real OPC UA stack did is what the records say."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncua
import pytest
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.server.user_managers import UserManager
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.support.opcua_bytes import ua
from tests.support.opcua_recorder import Recorder
from tests.support.opcua_turns import Record, order, tabulate

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

Client: Any = vars(asyncua)["Client"]
Server: Any = vars(asyncua)["Server"]
Act = Callable[[Any, dict[str, Any]], Awaitable[None]]


class _Users(UserManager):
    """Lets everybody in as administrator."""

    def get_user(self, iserver: Any, username: Any = None, password: Any = None, certificate: Any = None) -> User:
        """Make a user of any name."""
        _ = iserver, password, certificate
        return User(role=UserRole.Admin, name=username)


def double(parent: Any, number: int) -> int:
    """Give back twice the number."""
    _ = parent
    return number * 2


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def make_server(port: int, folder: Path | None) -> tuple[Any, dict[str, Any]]:
    """A server with a variable, an array, a string and a method."""
    server = Server(user_manager=_Users())
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/test/")
    server.set_server_name("Test Server")
    if folder:
        await make_certificate(folder, "server", "urn:freeopcua:python:server")
        await server.load_certificate(str(folder / "server.der"))
        await server.load_private_key(str(folder / "server.pem"))
        server.set_security_policy(
            [ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt, ua.SecurityPolicyType.Basic256Sha256_Sign]
        )
    else:
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    index = await server.register_namespace("urn:test")
    plant = await server.nodes.objects.add_object(index, "Plant")
    level = await plant.add_variable(f"ns={index};s=Level", f"{index}:Level", 1.5)
    counts = await plant.add_variable(f"ns={index};s=Counts", f"{index}:Counts", [1, 2, 3])
    for node in (level, counts):
        await node.set_writable()
    method = await plant.add_method(
        ua.NodeId("Double", index),
        f"{index}:Double",
        vars(asyncua)["uamethod"](double),
        [ua.VariantType.Int64],
        [ua.VariantType.Int64],
    )
    return server, {"plant": plant, "level": level, "counts": counts, "method": method, "index": index}


async def make_certificate(folder: Path, name: str, uri: str) -> None:
    """Key and self-signed certificate in a folder."""
    await setup_self_signed_certificate(
        folder / f"{name}.pem", folder / f"{name}.der", uri, "localhost",
        [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH],
        {"countryName": "CN", "organizationName": "Test", "commonName": name},
    )  # fmt: skip


def record_session(act: Act, folder: Path | None = None, mode: Any = None) -> list[Record]:
    """Records of what a client does between connecting and disconnecting."""
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    recorder = Recorder()

    async def run() -> None:
        port = free_port()
        server, nodes = await make_server(port, folder)
        async with server, recorder.listen(port) as proxy:
            client = Client(f"opc.tcp://127.0.0.1:{proxy}/test/", timeout=20)
            client.name, client.application_uri = "Test Client", "urn:freeopcua:client"
            client.set_user("operator")
            client.set_password("secret-word")
            if folder:
                await make_certificate(folder, "client", "urn:freeopcua:client")
                await client.set_security(
                    SecurityPolicyBasic256Sha256, folder / "client.der", folder / "client.pem", mode=mode
                )
            async with client:
                await act(client, nodes)

    asyncio.run(run())
    return order(tabulate(recorder.turns))


def choose(records: list[Record], action: str) -> list[Record]:
    """Records of an action."""
    return [record for record in records if record["event.action"] == action]


@pytest.fixture(scope="module")
def session() -> list[Record]:
    """Records of a session in clear."""

    class Handler:
        """Takes notifications."""

        def datachange_notification(self, node: Any, val: Any, data: Any) -> None:
            """Do nothing with a value."""

    async def act(client: Any, nodes: dict[str, Any]) -> None:
        level, counts = client.get_node(nodes["level"].nodeid), client.get_node(nodes["counts"].nodeid)
        await client.read_values([level, counts])
        await level.write_value(2.25)
        await counts.write_value([7, 8], ua.VariantType.Int64)
        with pytest.raises(ua.UaError):
            await client.get_node(ua.NodeId("Missing", nodes["index"])).read_value()
        plant = client.get_node(nodes["plant"].nodeid)
        await plant.call_method(nodes["method"].nodeid, 21)
        await plant.get_children()
        await plant.get_child(f"{nodes['index']}:Level")
        subscription = await client.create_subscription(50, Handler())
        await subscription.subscribe_data_change([level])
        await level.write_value(3.5)
        await asyncio.sleep(0.5)
        await subscription.delete()

    return record_session(act)


def test_nothing_is_malformed(session: list[Record]) -> None:
    """Every message is read to its end, and every request but Publish has its reply."""
    assert {record["error.code"] for record in session} == {None}
    unpaired = {record["event.action"] for record in session if record["wanglou.pairing"] != "paired"}
    assert unpaired <= {"publish", "close_secure_channel"}


def test_set_up_is_told(session: list[Record]) -> None:
    """Hello, channel, session and user are those of the client."""
    assert [record["event.action"] for record in session[:2]] == ["hello", "open_secure_channel"]
    assert session[0]["opcua.endpoint.url"].endswith("/test/")
    opened, made, activated = (
        choose(session, name)[-1] for name in ("open_secure_channel", "create_session", "activate_session")
    )
    assert (opened["opcua.security.policy"], opened["opcua.security.mode"]) == ("None", "none")
    assert made["opcua.client.application_uri"] == "urn:freeopcua:client"
    assert made["opcua.client.application_name"] == "Test Client"
    assert made["opcua.session.new_key"] == activated["opcua.session.key"] is not None
    assert (activated["opcua.user.token_type"], activated["opcua.user.name"]) == ("user_name", "operator")
    assert activated["opcua.user.has_password"] is True


def test_the_password_is_nowhere(session: list[Record]) -> None:
    """No column of any record holds the password, as text or in hexadecimal."""
    told = repr(session)
    assert "secret-word" not in told
    assert b"secret-word".hex() not in told


def test_reads_are_told(session: list[Record]) -> None:
    """Nodes, values, types and status are those read."""
    record = next(r for r in choose(session, "read") if r["opcua.item.count"] == 2)
    index = record["opcua.nodes"][0].split(";")[0]
    assert record["opcua.nodes"] == [f"{index};s=Level", f"{index};s=Counts"]
    assert record["opcua.attributes"] == ["value", "value"]
    assert [float(record["opcua.values"][0]), record["opcua.values"][1]] == [1.5, "[1, 2, 3]"]
    assert record["opcua.numbers"] == [1.5, None]
    assert record["opcua.types"] == ["Double", "Int64[]"]
    assert record["opcua.item.statuses"] == ["Good", "Good"]


def test_a_failed_read_is_told(session: list[Record]) -> None:
    """A node that does not exist has its status."""
    failed = [r for r in choose(session, "read") if r["opcua.nodes"] and r["opcua.nodes"][0].endswith("s=Missing")]
    assert [record["opcua.item.statuses"] for record in failed] == [["BadNodeIdUnknown"]]


def test_writes_are_told(session: list[Record]) -> None:
    """Values written, in order, and that they were accepted."""
    written = choose(session, "write")
    assert [record["opcua.numbers"] for record in written] == [[2.25], None, [3.5]]
    assert written[1]["opcua.values"] == ["[7, 8]"]
    assert all(record["opcua.item.statuses"] == ["Good"] for record in written)


def test_calls_are_told(session: list[Record]) -> None:
    """Object, method, arguments and result."""
    (record,) = choose(session, "call")
    assert record["opcua.methods"][0].endswith("s=Double")
    assert (record["opcua.inputs"], record["opcua.outputs"]) == (["21"], ["42"])
    assert (record["opcua.input_types"], record["opcua.output_types"]) == (["Int64"], ["Int64"])


def test_browsing_is_told(session: list[Record]) -> None:
    """References found under the object, and the path translated."""
    found = [name for record in choose(session, "browse") for name in record["opcua.reference.display_names"] or []]
    assert {"Level", "Counts", "Double"} <= set(found)
    (path,) = choose(session, "translate_browse_paths_to_node_ids")
    assert path["opcua.browse.paths"][0].endswith(":Level")
    assert path["opcua.reference.targets"][0].endswith("s=Level")


def test_notifications_are_told(session: list[Record]) -> None:
    """Values notified belong to the item that was created."""
    (made,) = choose(session, "create_monitored_items")
    values = [
        (handle, number)
        for record in choose(session, "publish")
        for handle, number in zip(record["opcua.item.client_handles"] or [], record["opcua.numbers"] or [], strict=True)
    ]
    (handle,) = made["opcua.item.client_handles"]
    assert values == [(handle, 2.25), (handle, 3.5)]
    nodes = [node for record in choose(session, "publish") for node in record["opcua.nodes"] or []]
    assert nodes == made["opcua.nodes"] * 2
    (subscription,) = choose(session, "create_subscription")
    assert subscription["opcua.subscription.requested_interval"] == 50.0
    assert choose(session, "delete_subscriptions")[0]["opcua.subscription.ids"] == [
        subscription["opcua.subscription.id"]
    ]


def test_messages_in_chunks_are_put_together() -> None:
    """Values longer than a chunk are written and read back as one message each."""
    content = bytes(range(256)) * 800

    async def act(client: Any, nodes: dict[str, Any]) -> None:
        index = nodes["index"]
        node = await client.get_node(nodes["plant"].nodeid).add_variable(f"ns={index};s=Large", f"{index}:Large", b"")
        await node.write_value(content)
        assert await node.read_value() == content

    records = record_session(act)
    written = next(record for record in choose(records, "write") if record["opcua.request.chunks"] > 1)
    read = next(record for record in choose(records, "read") if record["opcua.response.chunks"] > 1)
    for record in (written, read):
        assert record["opcua.values"][0].startswith(content[:500].hex())
        assert (record["opcua.types"], record["error.code"]) == (["ByteString"], None)
    (added,) = choose(records, "add_nodes")
    assert added["opcua.reference.browse_names"] == [f"{written['opcua.nodes'][0][3]}:Large"]


def test_an_encrypted_session_is_opaque(tmp_path: Path) -> None:
    """With SignAndEncrypt the certificates are told, and nothing of the bodies is."""

    async def act(client: Any, nodes: dict[str, Any]) -> None:
        await client.get_node(nodes["level"].nodeid).read_value()

    records = record_session(act, tmp_path, ua.MessageSecurityMode.SignAndEncrypt)
    opened = next(r for r in choose(records, "open_secure_channel") if r["opcua.security.policy"] != "None")
    assert opened["opcua.security.policy"] == "Basic256Sha256"
    assert (opened["opcua.opaque"], opened["wanglou.pairing"]) == (True, "paired")
    assert "CN=client" in opened["opcua.client.certificate.subject"]
    assert "CN=server" in opened["opcua.server.certificate.subject"]
    assert opened["opcua.security.receiver_thumbprint"] == opened["opcua.server.certificate.thumbprint"]
    assert opened["opcua.security.response_receiver_thumbprint"] == opened["opcua.client.certificate.thumbprint"]
    hidden = choose(records, "encrypted")
    assert hidden
    assert {record["opcua.security.mode"] for record in hidden} == {"sign_and_encrypt"}
    assert {record["opcua.values"] for record in hidden} == {None}
    assert {record["error.code"] for record in records} == {None}


def test_a_signed_session_is_read(tmp_path: Path) -> None:
    """With Sign the bodies are in clear, and the signature behind them is no fault."""

    async def act(client: Any, nodes: dict[str, Any]) -> None:
        await client.get_node(nodes["level"].nodeid).read_value()

    records = record_session(act, tmp_path, ua.MessageSecurityMode.Sign)
    values = [record for record in choose(records, "read") if record["opcua.types"] == ["Double"]]
    assert [record["opcua.numbers"] for record in values] == [[1.5]]
    assert (values[0]["opcua.security.mode"], values[0]["opcua.security.policy"]) == ("sign", "Basic256Sha256")
    activated = choose(records, "activate_session")[-1]
    assert activated["opcua.user.encryption_algorithm"]
    assert {record["error.code"] for record in records} == {None}
