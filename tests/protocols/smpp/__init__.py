"""Tests of protocols/smpp/."""
