#!/usr/bin/env python3
"""Histograms (KLL) that we merge are read by Apache DataSketches as Hive 4.0.1 brings it: number, ends, ranks, and that they can be used further.
Needs: test/peer/install hive."""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
parser.add_argument('--preset', default='release')
preset = parser.parse_args().preset
unit = ROOT / 'build' / preset / 'metastore_test'
if not (ROOT / 'build/peers/.done-hive').exists():
    sys.exit(print('metastore_kll: the Hive Metastore is not installed (test/peer/install hive)') or 77)
if not unit.exists():
    sys.exit(print(f'metastore_kll: {unit} is not built (./dev build metastore_test)') or 77)
with tempfile.TemporaryDirectory(prefix='tarn-kll-') as d:
    out = pathlib.Path(d) / 'sketches'
    done = subprocess.run([unit, '--gtest_filter=KllSketchTest.*'], env={**os.environ, 'TARN_KLL_OUT': str(out)}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(print(done.stdout[-3000:], '0 passed, 1 failed', sep='\n') or 1)
    sys.exit(subprocess.run([ROOT / 'test/peer/metastore_stats/record_kll', 'check', out]).returncode)
