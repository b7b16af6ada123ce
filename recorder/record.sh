#!/usr/bin/env bash
# Records testdata/recordings anew: installs the order system, starts all of it
# on loopback, plays the runs, stops what it started, and checks that every
# planted value is in its run. The same story comes out with new ids.
#
#   recorder/record.sh [RUN]...    all runs, or only those named; only a full
#                                  recording replaces testdata/recordings
#
# Needs Java 17, Maven, Node 20, make, and root (Debian packages, and servers
# that run as users of their own). It takes about eight minutes,
# and as much again for the first installation.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
recordings=$here/../testdata/recordings
install=$here/../.cache/recorder
agent_version=2.20.1

# Stack traces hold the paths of the programs, so these run under a path that
# says nothing about the machine.
home=/tmp/alexandrite
state=$(mktemp -d /tmp/alexandrite-state.XXXXXX)

export SHOP_PORT=28101 CRM_PORT=28102 MES_PORT=28103 \
  NOTIFICATION_PORT=28104 PAYMENT_PORT=28105 DELIVERY_PORT=28106 \
  OTLP_PORT=28118 S3_PORT=28119 POSTGRES_PORT=28120 RABBITMQ_PORT=28121
rabbitmq_distribution_port=28122
epmd_port=28123

pids=()

say() { printf '%s record: %s\n' "$(date +%H:%M:%S)" "$*"; }

main() {
  local complete=
  [[ $# -gt 0 ]] || complete=--complete
  trap stop EXIT
  trap 'exit 130' INT TERM
  say "installing into ${install#"$here"/../}"
  install_packages
  install_programs
  [[ ! -e $home || -L $home ]] || { say "$home is in the way"; exit 1; }
  ln -sfn "$(realpath "$install")" "$home"
  say "starting PostgreSQL, RabbitMQ, S3 and the receiver"
  start_postgresql
  start_rabbitmq
  start s3 "$home/venv/bin/moto_server" --host 127.0.0.1 --port $S3_PORT
  start receiver "$home/venv/bin/python" "$home/receiver/receive.py" $OTLP_PORT
  wait_for_port $S3_PORT
  wait_for_port $OTLP_PORT
  "$home/venv/bin/python" "$home/story/topology.py"
  say "starting the services"
  # Programs see the directory that they start in by its real name.
  cd "$state"
  start_services
  say "playing the runs"
  "$home/venv/bin/python" "$home/story/play.py" "$state/recordings" "${@//-/_}"
  "$home/venv/bin/python" "$here/check_planted.py" "$state/recordings" ${complete:+"$complete"}
  if [[ -n $complete ]]; then
    rm -rf "$recordings"
    mv "$state/recordings" "$recordings"
    say "recorded into testdata/recordings"
  else
    rm -rf "$install/recordings"
    mv "$state/recordings" "$install/recordings"
    say "recorded into ${install#"$here"/../}/recordings"
  fi
}

install_packages() {
  local missing=()
  [[ -x /usr/lib/postgresql/15/bin/postgres ]] || missing+=(postgresql-15)
  [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]] || missing+=(rabbitmq-server)
  /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  # Debian starts a server when it installs it; status 101 forbids that.
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d; stop' EXIT
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

install_programs() {
  mkdir -p "$install"
  cp -r "$here"/{shop,around,receiver,story,crm,mes} "$install/"
  once requirements.txt "$here/requirements.txt" install_python
  once crm.json "$here/crm/package-lock.json" install_node
  (cd "$install/mes" && mvn -q -B -DskipTests package)
  [[ -f $install/opentelemetry-javaagent.jar ]] || mvn -q -B dependency:copy \
    -Dartifact=io.opentelemetry.javaagent:opentelemetry-javaagent:$agent_version \
    -Dmdep.stripVersion=true -DoutputDirectory="$install"
}

# Runs a step again only when the file that it depends on has changed.
once() {
  local stamp=$install/done-$1 file=$2
  shift 2
  cmp -s "$file" "$stamp" && return
  "$@"
  cp "$file" "$stamp"
}

install_python() {
  /usr/bin/python3 -m venv "$install/venv"
  "$install/venv/bin/pip" install -q -r "$here/requirements.txt"
}

install_node() { (cd "$install/crm" && npm ci --no-audit --no-fund --loglevel=error); }

# start NAME COMMAND...: runs it in the background with its output in a log.
start() {
  local name=$1
  shift
  "$@" >"$state/$name.log" 2>&1 </dev/null &
  pids+=($!)
}

start_postgresql() {
  local data=$state/postgresql bin=/usr/lib/postgresql/15/bin
  chmod 755 "$state"
  install -d -o postgres "$data"
  runuser -u postgres -- $bin/initdb -D "$data" -U alexandrite --auth=trust \
    --encoding=UTF8 --locale=C.UTF-8 >"$state/initdb.log"
  start postgresql setpriv --reuid=postgres --regid=postgres --clear-groups \
    $bin/postgres -D "$data" -p $POSTGRES_PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off
  wait_for_port $POSTGRES_PORT
  $bin/psql -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p $POSTGRES_PORT -U alexandrite -d postgres -f "$here/schema.sql"
}

start_rabbitmq() {
  local data=$state/rabbitmq
  install -d -o rabbitmq "$data"
  : >"$data/enabled_plugins"
  : >"$data/rabbitmq.conf"
  export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$epmd_port
  start epmd setpriv --reuid=rabbitmq --regid=rabbitmq --clear-groups \
    epmd -address 127.0.0.1 -port $epmd_port
  wait_for_port $epmd_port
  start rabbitmq setpriv --reuid=rabbitmq --regid=rabbitmq --clear-groups env HOME="$data" \
    RABBITMQ_NODENAME=alexandrite@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 \
    RABBITMQ_NODE_PORT=$RABBITMQ_PORT RABBITMQ_DIST_PORT=$rabbitmq_distribution_port \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    RABBITMQ_MNESIA_BASE="$data/mnesia" RABBITMQ_LOG_BASE="$data/log" RABBITMQ_LOGS=- \
    RABBITMQ_CONFIG_FILE="$data/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$data/enabled_plugins" \
    RABBITMQ_CONF_ENV_FILE=/dev/null \
    /usr/lib/rabbitmq/bin/rabbitmq-server
  wait_for_port $RABBITMQ_PORT
}

start_services() {
  export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$OTLP_PORT OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \
    OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none OTEL_BSP_SCHEDULE_DELAY=2000 \
    OTEL_EXPERIMENTAL_RESOURCE_DETECTORS=otel OTEL_NODE_RESOURCE_DETECTORS=env
  local common=service.namespace=alexandrite,deployment.environment.name=production
  local shop_owner=,service.owner.email=efim.raskatov%40alexandrite.example
  shop_owner+=,service.owner.phone=%2B7%20%28800%29%20550-63-81
  local crm_owner=,service.owner.name=%D0%93%D0%BB%D0%B0%D1%84%D0%B8%D1%80%D0%B0
  crm_owner+=%20%D0%9F%D0%BE%D0%B4%D1%81%D0%BE%D0%BB%D0%BD%D1%83%D1%85%D0%BE%D0%B2%D0%B0
  local mes_owner=,service.owner.email=n.kuvshinnikova%40alexandrite.example,service.owner.phone=88005506382

  # What opentelemetry-instrument does: its sitecustomize module starts the
  # instrumentation before the program.
  local python=$home/venv/bin/python auto
  auto=$("$python" -c 'import opentelemetry.instrumentation.auto_instrumentation as a; print(a.__path__[0])')
  python_service() { # NAME HOST ATTRIBUTES COMMAND...
    local name=$1 host=$2 attributes=$3
    shift 3
    start "$host" env PYTHONPATH="$auto" OTEL_SERVICE_NAME="$name" \
      OTEL_RESOURCE_ATTRIBUTES="$common,host.name=$host$attributes" \
      OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST='x-customer-.*' \
      "$@"
  }
  serve() { # FOLDER PORT
    echo "$python -m uvicorn app:app --app-dir $home/$1 --host 127.0.0.1 --port $2 --no-access-log"
  }
  python_service shop-api shop-1 "$shop_owner" $(serve shop $SHOP_PORT)
  python_service shop-worker shop-2 '' \
    env OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=pika "$python" "$home/shop/worker.py"
  python_service notification-api notification-1 '' \
    env OTEL_SEMCONV_STABILITY_OPT_IN=http $(serve around $NOTIFICATION_PORT)
  python_service payment-api payment-1 '' $(serve around $PAYMENT_PORT)
  python_service delivery-api delivery-1 '' $(serve around $DELIVERY_PORT)

  start crm-1 env OTEL_SERVICE_NAME=crm-api \
    OTEL_RESOURCE_ATTRIBUTES="$common,host.name=crm-1$crm_owner" \
    node --preserve-symlinks --preserve-symlinks-main --require "$home/crm/telemetry.js" "$home/crm/server.js"

  # The agent hides values in SQL text unless it is told not to, and describes
  # the machine unless it is told not to.
  local providers=io.opentelemetry.instrumentation.resources
  start mes-1 env OTEL_SERVICE_NAME=mes-api \
    OTEL_RESOURCE_ATTRIBUTES="$common,host.name=mes-1$mes_owner" \
    java -Xmx512m -javaagent:"$home/opentelemetry-javaagent.jar" \
    -Dotel.semconv-stability.opt-in=database \
    -Dotel.instrumentation.common.db-statement-sanitizer.enabled=false \
    -Dotel.instrumentation.http.server.capture-request-headers=X-Customer-Email,X-Customer-Phone \
    -Dotel.java.disabled.resource.providers=$providers.HostResourceProvider,$providers.OsResourceProvider,$providers.ProcessResourceProvider \
    -jar "$home/mes/target/mes-api.jar"

  local port
  for port in $SHOP_PORT $NOTIFICATION_PORT $PAYMENT_PORT $DELIVERY_PORT $CRM_PORT $MES_PORT; do
    wait_for_port "$port"
  done
}

wait_for_port() {
  local port=$1 tries
  for ((tries = 0; tries < 240; tries++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    sleep 0.5
  done
  say "nothing listens on port $port after two minutes"
  tail -n 20 "$state"/*.log
  exit 1
}

# Stops what this script started, last first.
stop() {
  local status=$? i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill "${pids[i]}" 2>/dev/null && wait "${pids[i]}" 2>/dev/null || true
  done
  rm -f "$home"
  if [[ $status -eq 0 ]]; then rm -rf "$state"; else say "failed; logs are in $state"; fi
  exit "$status"
}

main "$@"
