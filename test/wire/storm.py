#!/usr/bin/env python3
"""The recorded clients, many at once, each in its own database, over plain Thrift, frames and HTTP: for ASan and TSan builds.

    TARN_METASTORE=build/tsan/tarn-metastore test/wire/storm.py [THREADS] [ROUNDS]

Passes when every call is answered and the server ends with code 0 (a sanitizer's report makes it another).
"""
import pathlib
import socket
import struct
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'peer')]
import recording   # noqa: E402
import thrift_tree as t   # noqa: E402
from metastore_process import Metastore   # noqa: E402


def speaker(port, door):
    s = socket.create_connection(('127.0.0.1', port), 300)
    stream = s.makefile('rb')

    def read(n):
        data = stream.read(n) if n else b''
        if len(data) < n:
            raise EOFError
        return data

    def ask(message):
        if door == 'http':
            s.sendall(f'POST /metastore HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(message)}\r\n\r\n'.encode() + message)
            assert b' 200 ' in stream.readline()
            while stream.readline().strip():
                pass
        elif door == 'framed':
            s.sendall(struct.pack('>I', len(message)) + message)
            read(4)
        else:
            s.sendall(message)
        return t.Reader(read).message()
    return ask


def main():
    threads, rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 12, int(sys.argv[2]) if len(sys.argv) > 2 else 3
    exchanges = [x for name in ('java_3_1_3', 'java_4_0_1') for x in recording.read(HERE / f'recorded/{name}.jsonl')[1] if not x.oneway]
    answered, wrong = [0] * threads, []
    with Metastore('--metrics-port', '0', '--access-log', '/dev/null') as m:
        def run(n):
            try:
                for _ in range(rounds):
                    ask = speaker(m.port, ('binary', 'http', 'framed')[n % 3])
                    for x in exchanges:
                        name, _, _, _ = ask(x.ask.replace(b'smoke', f'smo{n:02d}'.encode()))
                        assert name == x.call
                        answered[n] += 1
                    ask(t.call('drop_database', {1: (t.STRING, f'smo{n:02d}'), 2: (t.BOOL, True), 3: (t.BOOL, True)}))
            except (AssertionError, EOFError, OSError) as e:
                wrong.append(f'client {n} after {answered[n]} calls: {e!r}')
        all_threads = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
        for x in all_threads:
            x.start()
        for x in all_threads:
            x.join()
        m.process.terminate()
        code = m.process.wait(60)
        log = (m.dir / 'log').read_text()
    reports = [line for line in log.split('\n') if 'WARNING: ThreadSanitizer' in line or 'ERROR: AddressSanitizer' in line or 'runtime error' in line]
    for text in wrong + reports[:5] + ([log[-6000:]] if reports else []):
        print(text)
    print(f'{sum(answered)} calls answered, server ended with {code}')
    failed = len(wrong) + (code != 0) + len(reports)
    print(f'{threads - len(wrong)} passed, {failed} failed')
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
