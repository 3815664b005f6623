# Sourced by every script of this folder. TARN_PEERS holds downloads, data and logs of the real peers (default build/peers).
PEER_HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
REPO="$(cd "$PEER_HERE/../.." && pwd)"
PEERS="${TARN_PEERS:-$REPO/build/peers}"
RUN="${TARN_PEERS_RUN:-$PEERS/run}"
VENV="$PEERS/venv"
mkdir -p "$PEERS" "$RUN"

# One place for every version that is installed.
# The registry holds flink-connector-hive and flink-parquet only up to 1.20.1.
FLINK=1.20.3; FLINK_JDBC=1.20.0; FLINK_PY=$FLINK; FLINK_HIVE=1.20.1; FLINK_KAFKA=3.3.0-1.20; KAFKA=3.9.1; HADOOP=3.3.6; SPARK=3.5.6; SPARK4=4.0.1; HMS3=3.1.3; HMS4=4.0.1; HMS40=4.0.0; HIVE2=2.3.9; HIVE41=4.1.0

# Java 17 closes doors that Hive, DataNucleus, Hadoop and Kryo still walk through.
java_opens() {
  local p
  for p in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent \
           java.util.concurrent.atomic java.util.regex java.text java.time java.math sun.nio.ch sun.nio.cs \
           sun.security.action sun.util.calendar sun.net.util; do printf -- '--add-opens=java.base/%s=ALL-UNNAMED ' "$p"; done
  printf -- '--add-opens=java.sql/java.sql=ALL-UNNAMED --add-opens=java.management/javax.management=ALL-UNNAMED '
}
port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
wait_port() { # PORT SECONDS PIDFILE: returns 1 when the process ends or time runs out
  local n=$(( $2 * 10 ))
  until port_open "$1"; do
    n=$((n-1)); [ "$n" -gt 0 ] || return 1
    kill -0 "$(cat "$3")" 2>/dev/null || return 1
    sleep 0.1
  done
}
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
running() { [ -f "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }
stop_pid() { # PIDFILE: ends only the process whose id stands in that file
  [ -f "$1" ] || return 0
  local p; p=$(cat "$1"); kill "$p" 2>/dev/null || true
  for _ in $(seq 100); do kill -0 "$p" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$p" 2>/dev/null || true; rm -f "$1"
}
log4j() { # FILE LOG: a log4j2 configuration that writes to one file
  cat > "$1" <<L
status = ERROR
rootLogger.level = ${PEER_LOG:-WARN}
rootLogger.appenderRef.f.ref = f
appender.f.name = f
appender.f.type = File
appender.f.fileName = $2
appender.f.layout.type = PatternLayout
appender.f.layout.pattern = %d{ISO8601} %-5p %c{2} - %m%n
L
}
die() { echo "$*" >&2; exit 1; }
