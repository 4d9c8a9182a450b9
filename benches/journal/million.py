#!/usr/bin/env python3
"""What a start and a look at a long journal cost: makes one, and times the program over it.

    python3 benches/journal/million.py target/release/mosaic [EVENTS]

The events are health and activity of a fleet of fifty agents, appended to the journal fixture of
format 2; the leaves are made as docs/journal.md has it.
"""
import hashlib, json, os, pathlib, shutil, signal, sqlite3, struct, subprocess, sys, tempfile, time

COLUMNS = ("seq id ts mono_ms tenant tenant_label host host_label agent session run stream "
           "stream_seq type schema_version actor cause traceparent payload").split()
FIXTURE = pathlib.Path(__file__).resolve().parents[2] / "tests/fixtures/journal"


def leaf(row):
    parts = [b"\0mosaic journal event v1\n"]
    for value in row:
        if value is None:
            kind, data = 0, b""
        elif isinstance(value, int):
            kind, data = 1, struct.pack(">q", value)
        else:
            kind, data = 2, value.encode()
        parts.append(struct.pack(">BQ", kind, len(data)) + data)
    return hashlib.sha256(b"".join(parts)).digest()


def journal(place, count):
    for part in ("db", "key", "checkpoints"):
        shutil.copy(FIXTURE / f"v2.{part}", place / f"journal.{part}")
        os.chmod(place / f"journal.{part}", 0o600)
    connection = sqlite3.connect(place / "journal.db")
    select = f"SELECT {', '.join(COLUMNS)} FROM events"
    likes = [dict(zip(COLUMNS, connection.execute(f"{select} WHERE type = ?", (kind,)).fetchone()))
             for kind in ("health.changed", "activity.changed")]
    head = connection.execute("SELECT max(seq) FROM events").fetchone()[0]
    streams = {}

    def rows():
        for seq in range(head + 1, count + 1):
            like = dict(likes[seq % 2])
            agent = f"agent-{seq % 50}"
            payload = json.loads(like["payload"])
            payload["agent"] = agent
            streams[agent] = streams.get(agent, 0) + 1
            like.update(seq=seq, id=f"{seq:032x}", ts=like["ts"] + seq, mono_ms=like["mono_ms"] + seq,
                        agent=agent, stream=agent, stream_seq=streams[agent],
                        payload=json.dumps(payload, separators=(",", ":")))
            row = [like[name] for name in COLUMNS]
            yield row + [leaf(row)]

    marks = ", ".join("?" * (len(COLUMNS) + 1))
    with connection:
        connection.executemany(f"INSERT INTO events ({', '.join(COLUMNS)}, leaf) VALUES ({marks})", rows())
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def main():
    mosaic = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    home = pathlib.Path(tempfile.mkdtemp(prefix="mz"))
    environment = dict(os.environ, MOSAIC_HOME=str(home), MOSAIC_ALLOW_TARGET="1")
    state = home / "state"
    try:
        state.mkdir(mode=0o700)
        journal(state, count)
        size = (state / "journal.db").stat().st_size >> 20
        print(f"| over {count} events ({size} MiB) | seconds |\n|---|---|")
        for _ in range(3):
            began = time.monotonic()
            done = subprocess.run([mosaic, "events", "verify"], env=environment, capture_output=True, text=True)
            print(f"| `mosaic events verify` | {time.monotonic() - began:.2f} |")
            assert done.returncode == 0, done
        for _ in range(3):
            began = time.monotonic()
            supervisor = subprocess.Popen([mosaic, "supervise"], env=environment,
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                while subprocess.run([mosaic, "ps", "--json"], env=environment, capture_output=True).returncode != 0:
                    assert supervisor.poll() is None, "the supervisor ended"
                    time.sleep(0.02)
                print(f"| `mosaic supervise` until it serves | {time.monotonic() - began:.2f} |")
                supervisor.send_signal(signal.SIGTERM)
                supervisor.wait(60)
            finally:
                supervisor.kill()
                supervisor.wait()
    finally:
        subprocess.run(["tmux", "-N", "-S", str(state / "tmux.sock"), "kill-server"], capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


main()
