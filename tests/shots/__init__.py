"""Every page in every state, at three widths, light and dark: `script/shots` renders it, the tests hold the table whole."""
