#!/usr/bin/env python3
"""What real clients and real metastores said to each other, replayed at tarn-metastore: test/wire/replay.py."""
import pathlib
import runpy
import sys

sys.argv[0] = str(pathlib.Path(__file__).resolve().parents[1] / 'wire/replay.py')
runpy.run_path(sys.argv[0], run_name='__main__')
