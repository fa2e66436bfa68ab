-- What an MO such as N means was said by the last message to its sender that offered anything ("回N退订"). History has no
-- index on numbers; these few texts have one, so that the look-up behind such an MO is short. The parts of the text are
-- those of gateway.content.offers.MARKS, spelled as the look-up spells them.
CREATE INDEX messages_offers ON messages (destination, id) WHERE text LIKE '%回%' OR text LIKE '%退%' OR text LIKE '%拒%' OR text LIKE '%编辑%' OR text LIKE '%編輯%' OR text LIKE '%eply%' OR text LIKE '%EPLY%' OR text LIKE '%STOP%';
