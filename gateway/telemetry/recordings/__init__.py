"""Recordings of the PDUs of one link or session: masked as they are taken, written to a file, read and shown.

frame_layout    the fields of a frame with their places in it, by the tables of the protocols
frame_mask      numbers, texts and secrets of a frame hidden in place: it keeps its length and its layout
recording_file  the file of a recording, a line for each frame
packet_capture  the same as a capture that Wireshark dissects
dissection      a recording as people read it: names, fields, values
"""
