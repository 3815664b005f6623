# The verbs a user needs. Developers: ./dev (which builds one thing at a time).
PRESET ?= release
.PHONY: release test demo package test-peers bench clean help

help:
	@echo "make release     build build/release/tarn (installs what it needs the first time)"
	@echo "make test        build and run all tests; the last line is: N passed, N failed"
	@echo "make demo        real events into lake tables, read by three engines; KAFKA=1 through a real Kafka"
	@echo "make package     build/package/tarn-VERSION.tar.gz and .deb"
	@echo "make test-peers  the tests that need real peers: Flink, Hive Metastore, Kafka, PySpark"
	@echo "make bench       tarn bench engine; NAME=freshness for another one"
	@echo "make clean       remove the build folder of this preset"

release:
	@tools/build --preset release tarn tarn-metastore

test:
	@tools/run_tests --preset $(PRESET)

demo:
	@KAFKA=$(KAFKA) tools/demo

package:
	@tools/package

test-peers:
	@tools/run_tests --preset $(PRESET) --peers

bench:
	@./dev bench $(or $(NAME),engine)

clean:
	@rm -rf build/$(PRESET)
