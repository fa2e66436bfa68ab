#!/bin/sh
# A client of the HTTP API with curl: what a text costs, one message, what became of it, the balance.
#   sh http_client.sh http://HOST:PORT TOKEN DESTINATION TEXT
set -eu
base=$1 token=$2 to=$3 text=$4

ask() {  # METHOD PATH [BODY]: print the answer; its last line is the status
  curl --silent --show-error --max-time 60 --write-out '\n%{http_code}\n' --request "$1" "$base$2" \
    --header "Authorization: Bearer $token" --header "Content-Type: application/json" \
    --header "Accept-Language: zh" --header "Idempotency-Key: ${key:-$(date +%s%N)}" ${3:+--data "$3"}
}

ask POST /v1/quote "{\"text\": \"$text\"}"

# The same key with the same body may be sent as often as needed: the message is sent once.
key=order-4711-$(date +%s)
sent=$(ask POST /v1/messages "{\"to\": \"$to\", \"text\": \"$text\", \"class\": \"triggered\"}")
echo "$sent"
id=$(echo "$sent" | sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')
key=

ask GET "/v1/messages/$id"
ask GET /v1/balance
