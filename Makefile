# The verbs a user needs. Developers: ./dev (which builds one thing at a time).
PRESET ?= release
.PHONY: setup release test demo package test-peers bench clean help

help:
	@echo "make release     build build/release/tarn (installs what it needs the first time)"
	@echo "make test        build and run all tests; the last line is: N passed, N failed"
	@echo "make demo        real events into lake tables, read by three engines; KAFKA=1 through a real Kafka"
	@echo "make package     build/package/tarn-VERSION.tar.gz and .deb"
	@echo "make test-peers  the tests that need real peers: Flink, Hive Metastore, Kafka, PySpark"
	@echo "make bench       tarn bench engine; NAME=freshness for another one"
	@echo "make clean       remove the build folder of this preset"

# Comes first: the other tools need Python, which a bare machine lacks.
setup:
	@tools/setup

release: setup
	@tools/build --preset release tarn tarn-metastore

test: setup
	@tools/run_tests --preset $(PRESET)

demo: setup
	@KAFKA=$(KAFKA) tools/demo

package: setup
	@tools/package

test-peers: setup
	@tools/run_tests --preset $(PRESET) --peers

bench: setup
	@./dev bench $(or $(NAME),engine)

clean:
	@rm -rf build/$(PRESET)
