"""Start with ``streamlit run app.py``: the pages, and our own routes beside them."""

from pathlib import Path

import streamlit as st

ENTRY = Path(__file__).resolve().parent / "studio" / "ui" / "entry.py"

if st.runtime.exists():  # run as a script: by AppTest, or by a host that knows no st.App
    from studio.ui.entry import main

    main()
else:  # imported by `streamlit run app.py` or `python app.py`
    from studio.ui.entry import heal

    heal()  # from here on a change of code is noticed, also before the first visitor

    from studio.api import lifespan, routes
    from studio.ui.identity import Identity

    app = st.App(ENTRY, routes=routes(Identity()), lifespan=lifespan)
    if __name__ == "__main__":
        app.run()
