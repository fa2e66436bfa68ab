"""Tests of protocols/, laid out as it is."""
