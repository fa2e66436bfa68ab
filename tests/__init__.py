"""Tests of protocols, gateway, daemon; vectors and fakes they share."""
