"""HTTP as the third protocol of an account: submit, look up, cancel, quote, balance (docs/specifications.md).

One application of its own (no aiohttp.web.Application: a table of routes and one handler), served by the listeners
[listeners.http] and [listeners.http_tls] and mounted on [admin] as well.

To add a route, write in one module of this package
    a model      class Ask(ApiRequest): fields with bounds and a description; class Told(ApiAnswer)
    a handler    async def ask(call: ApiCall) -> web.StreamResponse: `call.principal.account` is whose programs ask,
                 `call.body` the checked model, `call.node` the node. Raise Problem for what it refuses.
    a row        Route("POST", "/v1/ask", ask, Scope.READ, ("Ask.", "询问。"), body=Ask, answers={200: Told})
and name it in `route_table.ROUTES`. Then it is served and stands in /v1/openapi.json. Who asks is settled before the
handler runs: a missing or wrong token is 401 (slowed, then shut out, as wrong logins are), a foreign network 403, a
scope that the token lacks 403. A handler answers from `call.principal.account` alone: of what is another account's it
says 404, as of what there is not.

api              finds the route, who asks and what; turns every error into a problem document
api_listeners    the listeners, with TLS, limits of connections, and reload
call             what a handler gets: the request, who asks, the node
api_route        a route: method, path, scope, handler, models
route_table      all routes
openapi          the routes as an OpenAPI document
field_problems   what is wrong at a field, by its JSON pointer, in two languages
problem          RFC 9457 problem documents
problem_words    what problems say, in English and Chinese
request_keys     Idempotency-Key: a repeated request is answered as the first one was, and does nothing
message_models   what is asked and answered about messages
answered_messages  the document that answers a submit
message_text     which text is sent: as written, or made of a filed template
submitting       POST /v1/messages: into the same intake as SMPP and CMPP, answered behind the commit
message_answers  GET /v1/messages/{id}, cancel
money_answers    quote, balance
receiving_routes the routes by which an account receives
event_answers    GET /v1/events, as pages and as a stream; POST /v1/events/ack
callback_answers /v1/callbacks, by the operations of the node
kannel           /cgi-bin/sendsms for programs that speak to Kannel
"""
