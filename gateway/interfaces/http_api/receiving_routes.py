"""The routes by which an account receives: its events, and where it is called."""

from __future__ import annotations

from typing import Final

from gateway.domain.api_token import Scope
from gateway.interfaces.http_api import callback_answers as callbacks
from gateway.interfaces.http_api import event_answers as events
from gateway.interfaces.http_api.api_route import Parameter, Route

_ID: Final = Parameter(
    "id", "path", "Of a callback. 回调编号。", {"type": "string", "pattern": "^[0-9]{1,18}$"}, is_required=True
)
_ONE: Final = "/v1/callbacks/{id}"

_EVENT_ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET", "/v1/events", events.show_events, Scope.RECEIVE,
        ("Receipts and MO that are not acknowledged, oldest first.", "拉取状态报告与上行。"),
        answers={200: events.EventsShown}, problems=(409,), parameters=(events.AFTER, events.LIMIT, events.WAIT),
    ),
    Route(
        "POST", "/v1/events/ack", events.acknowledge, Scope.RECEIVE,
        ("Acknowledge everything up to a cursor.", "确认已处理到的游标。"), body=events.Acknowledge,
        answers={200: events.Acknowledged}, problems=(413, 415, 422),
    ),
    Route(
        "GET", "/v1/events/stream", events.stream_events, Scope.RECEIVE,
        ("The same as server-sent events.", "以服务器推送事件接收。"), answers={200: None},
        parameters=(events.LAST_ID,), kind="text/event-stream",
    ),
)
_CALLBACK_ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "GET", "/v1/callbacks", callbacks.list_callbacks, Scope.RECEIVE,
        ("Where the account is called.", "回调地址列表。"), answers={200: callbacks.CallbackDocuments},
    ),
    Route(
        "POST", "/v1/callbacks", callbacks.set_callback, Scope.RECEIVE,
        ("Call the account with its receipts and MO. The secret is shown this once.", "设置回调地址，密钥仅显示一次。"),
        body=callbacks.SetCallback, answers={201: callbacks.CallbackDocument}, problems=(409, 413, 415, 422),
    ),
    Route(
        "DELETE", _ONE, callbacks.delete_callback, Scope.RECEIVE,
        ("Call there no more; what is owed stays owed.", "删除回调地址。"),
        answers={200: callbacks.DeletedCallback}, problems=(404,), parameters=(_ID,),
    ),
    Route(
        "POST", _ONE + "/rotate-secret", callbacks.rotate_secret, Scope.RECEIVE,
        ("A new secret; the old one signs beside it for an overlap.", "更换签名密钥。"), body=callbacks.Overlap,
        answers={200: callbacks.CallbackDocument}, problems=(404, 413, 415, 422), parameters=(_ID,),
        is_body_optional=True,
    ),
    Route(
        "POST", _ONE + "/pause", callbacks.pause_callback, Scope.RECEIVE, ("Call there no more for now.", "暂停回调。"),
        answers={200: callbacks.CallbackDocument}, problems=(404,), parameters=(_ID,),
    ),
    Route(
        "POST", _ONE + "/resume", callbacks.resume_callback, Scope.RECEIVE, ("Call there again.", "恢复回调。"),
        answers={200: callbacks.CallbackDocument}, problems=(404, 409), parameters=(_ID,),
    ),
    Route(
        "POST", _ONE + "/test", callbacks.test_callback, Scope.RECEIVE,
        ("Send a signed test event, once.", "发送测试事件。"), answers={200: callbacks.TestedCallback},
        problems=(404, 409), parameters=(_ID,),
    ),
)
RECEIVING_ROUTES: Final[tuple[Route, ...]] = _EVENT_ROUTES + _CALLBACK_ROUTES
